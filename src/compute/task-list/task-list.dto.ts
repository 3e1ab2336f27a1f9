import { ApiProperty } from '@nestjs/swagger';
import { EnumField, HexField, UuidField } from '../../http/fields';
import { PageDto, PageQueryDto } from '../../http/fields/paging';
import { InstantField } from '../../http/fields/time-fields';
import { MAX_COUNTED } from '../history/record-filter';
import { RecordDto } from '../history/record.dto';
import { ApiTaskFailure, ApiTaskStatus, BATCH_SCHEMA, TASK_ID_SCHEMA } from '../task.dto';
import { TaskStatus } from '../tasks/task.entity';

export class TaskQueryDto extends PageQueryDto {
  @EnumField({
    values: Object.values(TaskStatus),
    names: Object.keys(TaskStatus),
    enumName: 'TaskStatus',
    optional: 'or-empty',
    description: '0 done, 1 computing, 3 queued, 4 terminated or not run',
  })
  status?: TaskStatus;

  @HexField({ length: 32, optional: 'or-empty', description: 'id of a batch' })
  batch?: string;

  @InstantField({
    optional: 'or-empty',
    description: 'submitted at this time or later',
  })
  from?: string;

  @InstantField({ optional: 'or-empty', description: 'submitted before this time' })
  to?: string;

  @UuidField({
    optional: 'or-empty',
    description: 'whose; absent: the caller’s own; another user’s are for administrators',
  })
  uid?: string;
}

export class TaskDto {
  @ApiProperty(TASK_ID_SCHEMA)
  id: string;

  @ApiProperty({ ...BATCH_SCHEMA, nullable: true, description: 'Its batch; null: submitted alone' })
  batch: string | null;

  @ApiTaskStatus()
  status: TaskStatus;

  @ApiTaskFailure()
  failure: string | null;

  @ApiProperty({ type: 'integer', format: 'int64', example: 2333, description: 'Patient id' })
  pid: number;

  @ApiProperty({ type: 'integer', example: 209, description: 'Fragment length in base pairs' })
  ctdna: number;

  @ApiProperty({ type: 'integer', example: 5, description: 'Methylated CpG sites' })
  cpg: number;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'When it was submitted' })
  submitted_at: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, description: 'First run' })
  started_at: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  ended_at: string | null;

  @ApiProperty({
    type: RecordDto,
    nullable: true,
    description: 'When done: the record; null when the record has been deleted since',
  })
  result: RecordDto | null;
}

export class TaskPageDto extends PageDto {
  @ApiProperty({
    type: 'integer',
    maximum: MAX_COUNTED,
    description: `entries that match, on all pages; counted up to ${MAX_COUNTED}`,
  })
  declare total: number;

  @ApiProperty({ type: [TaskDto] })
  items: TaskDto[];
}

export class BatchDto {
  @ApiProperty({ ...BATCH_SCHEMA, description: 'The batch' })
  id: string;

  @ApiProperty({ type: 'integer', example: 1000, description: 'Tasks of the batch' })
  total: number;

  @ApiProperty({ type: 'integer', example: 0 })
  queued: number;

  @ApiProperty({ type: 'integer', example: 0 })
  computing: number;

  @ApiProperty({ type: 'integer', example: 1000 })
  done: number;

  @ApiProperty({ type: 'integer', example: 0, description: 'Cancelled or not computable' })
  terminated: number;

  @ApiProperty({ type: 'boolean', description: 'No task of it is queued or computing' })
  finished: boolean;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'When it was submitted' })
  submitted_at: string;
}
