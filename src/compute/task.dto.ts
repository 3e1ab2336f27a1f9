import { ApiProperty } from '@nestjs/swagger';
import { HexField } from '../http/fields';
import { taskFailures, TaskStatus } from './tasks/task.entity';
import { RecordDto } from './history/record.dto';

const ID_EXAMPLE = '33168d5f3d8658f25ae17724d00b6fd0';
const idSchema = { type: 'string', pattern: '^[0-9a-f]{32}$', example: ID_EXAMPLE } as const;

export class TaskIdParams {
  @HexField({ length: 32, description: 'Id of the task', example: ID_EXAMPLE })
  tid: string;
}

export class TaskIdDto {
  @ApiProperty(idSchema)
  id: string;
}

export class TaskIdsDto {
  @ApiProperty({ type: 'array', items: idSchema, description: 'In the order of the items' })
  ids: string[];
}

export class TaskStatusDto {
  @ApiProperty(idSchema)
  id: string;

  @ApiProperty({
    type: 'integer',
    enum: Object.values(TaskStatus),
    enumName: 'TaskStatus',
    enumSchema: { 'x-enum-varnames': Object.keys(TaskStatus) } as object,
    description: '0 done, 1 computing, 3 queued, 4 terminated or not run',
  })
  status: TaskStatus;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'While queued: about how many tasks are dealt out up to and including this one',
  })
  position: number | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    enum: [...taskFailures, null],
    description:
      'Why it was terminated: cancelled; attempts: its workers died too often; model: it could not ' +
      'be computed; deleted: the record to compute again is gone',
  })
  failure: string | null;

  @ApiProperty({
    type: RecordDto,
    nullable: true,
    description: 'When done: the record; null when the record has been deleted since',
  })
  result: RecordDto | null;
}
