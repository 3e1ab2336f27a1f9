import { ApiProperty } from '@nestjs/swagger';
import { RecordDto } from '../history/record.dto';
import { ApiTaskFailure, ApiTaskStatus, BATCH_SCHEMA, TASK_ID_SCHEMA } from '../task.dto';
import { BatchDto } from '../task-list/task-list.dto';

export class TaskEventDto {
  @ApiProperty(TASK_ID_SCHEMA)
  id: string;

  @ApiProperty({ ...BATCH_SCHEMA, nullable: true, description: 'Its batch; null: submitted alone' })
  batch: string | null;

  @ApiTaskStatus()
  status: number;

  @ApiTaskFailure()
  failure: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'When it came to this state' })
  at: string;

  @ApiProperty({ type: RecordDto, nullable: true, description: 'When done: the record' })
  result: RecordDto | null;
}

/** The events of the streams of tasks: their names and the schema of their data. */
export const TASK_EVENTS = { task: TaskEventDto } as const;
export const BATCH_EVENTS = { batch: BatchDto, task: TaskEventDto } as const;
