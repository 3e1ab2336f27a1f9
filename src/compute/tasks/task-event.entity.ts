import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';
import type { TaskFailure, TaskStatus } from './task.entity';

/**
 * Tasks that came to a state together: written in the transaction that changed them, read by the
 * event streams, dropped after a day.
 */
@Entity('compute_task_events')
export class ComputeTaskEvent {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('compute_task_events_user')
  @Column(idColumn)
  userId: number;

  @Index('compute_task_events_batch')
  @Column({ ...exactText(32), nullable: true })
  batch: string | null;

  @Column({ type: 'tinyint', unsigned: true })
  status: TaskStatus;

  @Column({ ...exactText(16), nullable: true })
  failure: TaskFailure | null;

  /** Ids of the tasks, up to 1000, separated by commas. */
  @Column({ type: 'mediumtext', charset: 'ascii', collation: 'ascii_bin' })
  tasks: string;

  /** By the clock of the database. */
  @Index('compute_task_events_age')
  @Column(timeColumn)
  createdAt: Date;
}
