import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { recordTaskEvents } from './record-task-events';
import { TaskStatus } from './task.entity';

/** Ends tasks on request. */
@Injectable()
export class TaskCancellation {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Ends a queued or running task for good: its worker's finish, which carries the run token,
   * finds nothing to finish any more. A task that never ran gives its unit back to the day that
   * paid. Resolves with false where the task had ended already.
   */
  cancel(id: string): Promise<boolean> {
    return runInTransaction(this.dataSource, async (tx) => {
      const [task]: Row[] = await tx.query(
        `SELECT seq, userId, batch, startedAt, DATE_FORMAT(chargedOn, '%Y-%m-%d') AS chargedOn
         FROM compute_tasks
         WHERE id = ? AND status IN (${TaskStatus.Computing}, ${TaskStatus.Queued}) FOR UPDATE`,
        [id],
      );
      if (!task) return false;
      await tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Terminated}, failure = 'cancelled',
           endedAt = UTC_TIMESTAMP(3), runToken = NULL, leaseUntil = NULL, rerunGuard = NULL
         WHERE seq = ?`,
        [task.seq],
      );
      await recordTaskEvents(tx, [
        {
          id,
          userId: Number(task.userId),
          batch: task.batch,
          status: TaskStatus.Terminated,
          failure: 'cancelled',
        },
      ]);
      if (task.startedAt === null && task.chargedOn !== null) {
        await tx.query(
          'UPDATE compute_quotas SET used = used - 1 WHERE userId = ? AND day = ? AND used > 0',
          [task.userId, task.chargedOn],
        );
      }
      return true;
    });
  }
}

interface Row {
  readonly seq: string;
  readonly userId: string;
  readonly batch: string | null;
  readonly startedAt: Date | null;
  readonly chargedOn: string | null;
}
