import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { StatementBatches } from '../../platform/database/statement-batches';
import { RecordCounts } from '../history/record-counts';
import {
  toClaimedTask,
  type ClaimedTask,
  type ComputedTask,
  type FailedTask,
} from './claimed-task';
import {
  changesOf,
  confirmationsOf,
  endsOf,
  failuresOf,
  ownersOf,
  recordsOf,
} from './task-results';
import { recordTaskEvents, taskEvents } from './record-task-events';
import { NO_TOKEN, TaskStatus } from './task.entity';

/**
 * A task is terminated after this many claims without a result. From the fourth on it runs alone, so
 * that one that brings its worker down takes no other with it.
 */
export const MAX_ATTEMPTS = 8;

/** Expired leases that one sweep looks at; the next one follows in two seconds. */
const MAX_SWEPT = 10_000;

export interface Claim {
  readonly token: string;
  readonly tasks: readonly ClaimedTask[];
}

interface SweepResult {
  readonly requeued: number;
  readonly terminated: number;
}

/**
 * Claims on tasks: each has a lease and a token, and only that token can finish it. The clock is the
 * database's, so machines whose clocks differ agree on when a lease ends.
 */
@Injectable()
export class TaskClaims {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batches: StatementBatches,
    private readonly settings: Settings,
    private readonly counts: RecordCounts,
  ) {}

  /** Claims those of the tasks that are free: queued, or computing with an expired lease. */
  async claim(ids: readonly string[]): Promise<Claim> {
    const token = randomBytes(12).toString('base64url');
    if (ids.length === 0) return { token, tasks: [] };
    const sorted = [...new Set(ids)].sort();
    // The UPDATE is a transaction of its own; the token then names what it claimed.
    const [, rows = []] = await this.batches.run([
      {
        sql: `UPDATE compute_tasks
         SET status = ${TaskStatus.Computing}, runToken = ?, attempts = attempts + 1,
           leaseUntil = UTC_TIMESTAMP(3) + INTERVAL ? SECOND,
           startedAt = COALESCE(startedAt, UTC_TIMESTAMP(3))
         WHERE id IN (?) AND (status = ${TaskStatus.Queued}
           OR (status = ${TaskStatus.Computing} AND leaseUntil < UTC_TIMESTAMP(3)
             AND attempts < ${MAX_ATTEMPTS}))`,
        values: [token, this.settings.computeLeaseSeconds, sorted],
      },
      {
        sql: `SELECT t.seq, t.id, t.userId, t.batch, t.pid, t.ctdna, t.cpg, t.hcc, t.modelId, t.originId,
           t.requestId, IF(t.originId IS NULL, t.userId, o.userId) AS ownerId
         FROM compute_tasks t LEFT JOIN compute_records o ON o.id = t.originId
         WHERE t.id IN (?) AND t.runToken = ?
           AND t.status = ${TaskStatus.Computing} ORDER BY t.seq`,
        values: [sorted, token],
      },
    ]);
    return { token, tasks: rows.map(toClaimedTask) };
  }

  /**
   * Writes the records and ends the tasks in one transaction. Only tasks that the token still
   * holds: one that was cancelled or claimed again in the meantime is left alone. Resolves with the
   * number of records written.
   */
  finish(
    token: string,
    computed: readonly ComputedTask[],
    failed: readonly FailedTask[] = [],
  ): Promise<number> {
    const all = [...computed.map((c) => c.task.seq), ...failed.map((f) => f.task.seq)];
    if (all.length === 0) return Promise.resolve(0);
    return this.batches.transaction(async (tx) => {
      const [rows = []] = await tx.send([
        {
          sql: `SELECT seq, UTC_TIMESTAMP(3) AS now FROM compute_tasks WHERE seq IN (?)
           AND runToken = ? AND status = ${TaskStatus.Computing} FOR UPDATE`,
          values: [all, token],
        },
      ]);
      const now = rows[0]?.['now'] as Date | undefined;
      if (!now) return 0;
      const held = new Set(rows.map((row) => Number(row['seq'])));
      const done = computed.filter(({ task }) => held.has(task.seq));
      await tx.commit([
        ...recordsOf(done, now),
        ...confirmationsOf(done),
        ...endsOf(done, now),
        ...failuresOf(
          failed.filter(({ task }) => held.has(task.seq)),
          now,
        ),
        ...taskEvents(
          changesOf(
            done,
            failed.filter(({ task }) => held.has(task.seq)),
          ),
        ),
        ...this.counts.additions(ownersOf(done)),
      ]);
      return done.length;
    });
  }

  /** Renews the lease of a claim, for a batch that takes longer. */
  async renew(token: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE compute_tasks SET leaseUntil = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
       WHERE status = ${TaskStatus.Computing} AND runToken = ?`,
      [this.settings.computeLeaseSeconds, token],
    );
  }

  /** Lets a claim that failed through no fault of its tasks not count; its lease goes on. */
  async discount(token: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE compute_tasks SET attempts = attempts - 1
       WHERE status = ${TaskStatus.Computing} AND runToken = ?`,
      [token],
    );
  }

  /** Requeues claimed tasks as if they had not been claimed, for an orderly shutdown. */
  async release(tokens: readonly string[]): Promise<void> {
    if (tokens.length === 0) return;
    await runInTransaction(this.dataSource, (tx) =>
      tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Queued}, runToken = ?,
           leaseUntil = NULL, attempts = attempts - 1
         WHERE status = ${TaskStatus.Computing} AND runToken IN (?)`,
        [NO_TOKEN.requeued, tokens],
      ),
    );
  }

  /** Requeues tasks whose lease has expired, and terminates those that were claimed too often. */
  async sweep(): Promise<SweepResult> {
    const expired = `status = ${TaskStatus.Computing} AND leaseUntil < UTC_TIMESTAMP(3)`;
    // Looked up without locks: of the tasks that compute, an UPDATE alone would wait for each.
    const rows: { seq: string }[] = await this.dataSource.query(
      `SELECT seq FROM compute_tasks WHERE ${expired} LIMIT ${MAX_SWEPT}`,
    );
    if (rows.length === 0) return { requeued: 0, terminated: 0 };
    const found = rows.map(({ seq }) => Number(seq));
    return runInTransaction(this.dataSource, async (tx) => {
      const givenUp: { seq: string; id: string; userId: string; batch: string | null }[] =
        await tx.query(
          `SELECT seq, id, userId, batch FROM compute_tasks
           WHERE seq IN (?) AND ${expired} AND attempts >= ${MAX_ATTEMPTS} FOR UPDATE`,
          [found],
        );
      if (givenUp.length > 0) {
        await tx.query(
          `UPDATE compute_tasks SET status = ${TaskStatus.Terminated}, failure = 'attempts',
             endedAt = UTC_TIMESTAMP(3), runToken = NULL, leaseUntil = NULL, rerunGuard = NULL
           WHERE seq IN (?)`,
          [givenUp.map(({ seq }) => seq)],
        );
        const end = { status: TaskStatus.Terminated, failure: 'attempts' } as const;
        await recordTaskEvents(
          tx,
          givenUp.map(({ id, userId, batch }) => ({ id, userId: Number(userId), batch, ...end })),
        );
      }
      const requeued: { affectedRows: number } = await tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Queued}, runToken = ?, leaseUntil = NULL
         WHERE seq IN (?) AND ${expired}`,
        [NO_TOKEN.requeued, found],
      );
      return { requeued: requeued.affectedRows, terminated: givenUp.length };
    });
  }
}
