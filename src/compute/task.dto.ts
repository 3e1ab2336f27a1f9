import { ApiProperty } from '@nestjs/swagger';
import { HexField } from '../http/fields';
import { taskFailures, TaskStatus } from './tasks/task.entity';
import { RecordDto } from './history/record.dto';

const ID_EXAMPLE = '33168d5f3d8658f25ae17724d00b6fd0';
export const TASK_ID_SCHEMA = {
  type: 'string',
  pattern: '^[0-9a-f]{32}$',
  example: ID_EXAMPLE,
} as const;

const BATCH_EXAMPLE = 'b80a3c0f5d1f4e0f9a7c1e52c9d1a6f4';
export const BATCH_SCHEMA = {
  type: 'string',
  pattern: '^[0-9a-f]{32}$',
  example: BATCH_EXAMPLE,
} as const;

export class BatchParams {
  @HexField({ length: 32, description: 'Id of the batch', example: BATCH_EXAMPLE })
  bid: string;
}

export class TaskIdParams {
  @HexField({ length: 32, description: 'Id of the task', example: ID_EXAMPLE })
  tid: string;
}

export class TaskIdDto {
  @ApiProperty(TASK_ID_SCHEMA)
  id: string;
}

export class TaskIdsDto {
  @ApiProperty({ type: 'array', items: TASK_ID_SCHEMA, description: 'In the order of the items' })
  ids: string[];

  @ApiProperty({ ...BATCH_SCHEMA, description: 'Id of the batch, for its state and its events' })
  batch: string;
}

/** State of a task in an answer. */
export const ApiTaskStatus = (): PropertyDecorator =>
  ApiProperty({
    type: 'integer',
    enum: Object.values(TaskStatus),
    enumName: 'TaskStatus',
    enumSchema: { 'x-enum-varnames': Object.keys(TaskStatus) } as object,
    description: '0 done, 1 computing, 3 queued, 4 terminated or not run',
  });

/** Why a task was terminated, in an answer. */
export const ApiTaskFailure = (): PropertyDecorator =>
  ApiProperty({
    type: 'string',
    nullable: true,
    enum: [...taskFailures, null],
    description:
      'Why it was terminated: cancelled; attempts: its workers died too often; model: it could not ' +
      'be computed; deleted: the record to compute again is gone',
  });

export class TaskStatusDto {
  @ApiProperty(TASK_ID_SCHEMA)
  id: string;

  @ApiTaskStatus()
  status: TaskStatus;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'While queued: about how many tasks are dealt out up to and including this one',
  })
  position: number | null;

  @ApiTaskFailure()
  failure: string | null;

  @ApiProperty({
    type: RecordDto,
    nullable: true,
    description: 'When done: the record; null when the record has been deleted since',
  })
  result: RecordDto | null;
}
