import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';
import { SampleColumns } from '../samples/sample.columns';

/** The documented states of a task; there is no 2. */
export const TaskStatus = { Done: 0, Computing: 1, Queued: 3, Terminated: 4 } as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/**
 * What stands for the token of a task that no run has claimed. No update lets a row grow, which a claim would by
 * token, lease and start: MariaDB 10.11 loses a row that grows while its disk is full.
 */
export const NO_TOKEN = { queued: '-'.repeat(32), requeued: '-'.repeat(23) } as const;

/** Why a task ended without a record. */
export const taskFailures = ['cancelled', 'attempts', 'model', 'deleted'] as const;
export type TaskFailure = (typeof taskFailures)[number];

/**
 * One requested computation. The row is the outbox: status 3 is the order to compute it, and
 * whatever is in Redis is only a hint.
 */
@Entity('compute_tasks')
@Index('compute_tasks_dispatch', ['status', 'userId', 'seq', 'createdAt'])
@Index('compute_tasks_user', ['userId', 'createdAt'])
@Index('compute_tasks_rerun', ['rerunGuard', 'modelId'], { unique: true })
export class ComputeTask extends SampleColumns {
  /** Order of submission. */
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  seq: number;

  /** Public id, 32 lower-case hex digits. */
  @Index('compute_tasks_id', { unique: true })
  @Column(exactText(32))
  id: string;

  /** The tasks that were submitted together; null for one on its own. */
  @Index('compute_tasks_batch')
  @Column({ ...exactText(32), nullable: true })
  batch: string | null;

  @Column({ type: 'tinyint', unsigned: true })
  status: TaskStatus;

  /** How often a worker claimed it. */
  @Column({ type: 'tinyint', unsigned: true, default: 0 })
  attempts: number;

  /** The claim that may finish it: 16 characters, or `NO_TOKEN`; null once it has ended. */
  @Column({ ...exactText(32), nullable: true })
  runToken: string | null;

  /** When the claim ends unless it was finished. */
  @Column({ ...timeColumn, nullable: true })
  leaseUntil: Date | null;

  /** UTC day whose quota paid for it; null where none did. */
  @Column({ type: 'date', nullable: true })
  chargedOn: string | null;

  /** The model to use; null means the one active at the time of computing. */
  @Column({ ...exactText(64), nullable: true })
  modelId: string | null;

  /** The record that this task computes again with another model. */
  @Column({ ...idColumn, nullable: true })
  originId: number | null;

  /** `originId` while the task lives or has its record: one rerun of a record with a model at a time. */
  @Column({ ...idColumn, nullable: true })
  rerunGuard: number | null;

  @Column({ ...exactText(16), nullable: true })
  failure: TaskFailure | null;

  /** Of the request that asked for it, for the log. */
  @Column({ ...exactText(64), nullable: true })
  requestId: string | null;

  @Column(timeColumn)
  createdAt: Date;

  /** First claim; null for a task that never ran. */
  @Column({ ...timeColumn, nullable: true })
  startedAt: Date | null;

  @Column({ ...timeColumn, nullable: true })
  endedAt: Date | null;
}
