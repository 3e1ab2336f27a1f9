import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { retryOnDeadlock, runInTransaction } from '../../platform/database/run-in-transaction';
import type { Prediction } from '../inference/compute-model';
import { RecordCounts } from '../history/record-counts';
import { insertRows } from '../../platform/database/insert-rows';
import { TaskStatus, type TaskFailure } from './task.entity';

/**
 * A task is terminated after this many claims without a result. From the fourth on it runs alone, so
 * that one that brings its worker down takes no other with it.
 */
export const MAX_ATTEMPTS = 8;

export interface ClaimedTask {
  readonly id: string;
  readonly seq: number;
  /** Whose record it will be: of a rerun, the owner of the first record; null when that is gone. */
  readonly ownerId: number | null;
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc: boolean | null;
  readonly modelId: string | null;
  readonly originId: number | null;
  /** Of the request that asked for it. */
  readonly requestId: string | null;
}

export interface Claim {
  readonly token: string;
  readonly tasks: readonly ClaimedTask[];
}

export interface ComputedTask {
  readonly task: ClaimedTask;
  readonly model: { readonly id: string; readonly checksum: string };
  readonly prediction: Prediction;
}

export interface FailedTask {
  readonly task: ClaimedTask;
  readonly failure: TaskFailure;
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
    private readonly settings: Settings,
    private readonly counts: RecordCounts,
  ) {}

  /** Claims those of the tasks that are free: queued, or computing with an expired lease. */
  async claim(ids: readonly string[]): Promise<Claim> {
    const token = randomBytes(16).toString('hex');
    if (ids.length === 0) return { token, tasks: [] };
    const sorted = [...new Set(ids)].sort();
    // One statement is a transaction of its own; the token then names what it claimed.
    await retryOnDeadlock(() =>
      this.dataSource.query(
        `UPDATE compute_tasks
         SET status = ${TaskStatus.Computing}, runToken = ?, attempts = attempts + 1,
           leaseUntil = UTC_TIMESTAMP(3) + INTERVAL ? SECOND,
           startedAt = COALESCE(startedAt, UTC_TIMESTAMP(3))
         WHERE id IN (?) AND (status = ${TaskStatus.Queued}
           OR (status = ${TaskStatus.Computing} AND leaseUntil < UTC_TIMESTAMP(3)
             AND attempts < ${MAX_ATTEMPTS}))`,
        [token, this.settings.computeLeaseSeconds, sorted],
      ),
    );
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT t.seq, t.id, t.pid, t.ctdna, t.cpg, t.hcc, t.modelId, t.originId, t.requestId,
           IF(t.originId IS NULL, t.userId, o.userId) AS ownerId
         FROM compute_tasks t LEFT JOIN compute_records o ON o.id = t.originId
         WHERE t.id IN (?) AND t.runToken = ?
           AND t.status = ${TaskStatus.Computing} ORDER BY t.seq`,
      [sorted, token],
    );
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
    return runInTransaction(this.dataSource, async (tx) => {
      const rows: { seq: string; now: Date }[] = await tx.query(
        `SELECT seq, UTC_TIMESTAMP(3) AS now FROM compute_tasks WHERE seq IN (?)
         AND runToken = ? AND status = ${TaskStatus.Computing} FOR UPDATE`,
        [all, token],
      );
      const now = rows[0]?.now;
      if (!now) return 0;
      const held = new Set(rows.map((row) => Number(row.seq)));
      const done = computed.filter(({ task }) => held.has(task.seq));
      await insertRows(
        tx,
        'compute_records',
        recordColumns,
        done.map(({ task, model, prediction }) => [
          task.id,
          task.ownerId,
          task.pid,
          task.ctdna,
          task.cpg,
          task.hcc,
          prediction.positive,
          prediction.probability,
          prediction.extrapolated,
          model.id,
          model.checksum,
          task.originId,
          now,
        ]),
      );
      const reruns = done.filter(({ task }) => task.originId !== null);
      if (reruns.length > 0) {
        // The diagnosis may have been confirmed since the rerun was asked for.
        await tx.query(
          `UPDATE compute_records n JOIN compute_records o ON o.id = n.originId
           SET n.hcc = o.hcc WHERE n.task IN (?)`,
          [reruns.map(({ task }) => task.id)],
        );
      }
      if (done.length > 0) {
        await tx.query(
          `UPDATE compute_tasks SET status = ${TaskStatus.Done}, endedAt = ?, runToken = NULL,
             leaseUntil = NULL WHERE seq IN (?)`,
          [now, done.map(({ task }) => task.seq)],
        );
      }
      for (const { task, failure } of failed) {
        if (!held.has(task.seq)) continue;
        await tx.query(
          `UPDATE compute_tasks SET status = ${TaskStatus.Terminated}, endedAt = ?, failure = ?,
             runToken = NULL, leaseUntil = NULL, rerunGuard = NULL WHERE seq = ?`,
          [now, failure, task.seq],
        );
      }
      const added = new Map<number, number>();
      for (const { task } of done)
        if (task.ownerId !== null) added.set(task.ownerId, (added.get(task.ownerId) ?? 0) + 1);
      await this.counts.add(tx, added);
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

  /** Requeues claimed tasks as if they had not been claimed, for an orderly shutdown. */
  async release(tokens: readonly string[]): Promise<void> {
    if (tokens.length === 0) return;
    await runInTransaction(this.dataSource, (tx) =>
      tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Queued}, runToken = NULL,
           leaseUntil = NULL, attempts = attempts - 1
         WHERE status = ${TaskStatus.Computing} AND runToken IN (?)`,
        [tokens],
      ),
    );
  }

  /** Requeues tasks whose lease has expired, and terminates those that were claimed too often. */
  async sweep(): Promise<SweepResult> {
    const expired = `status = ${TaskStatus.Computing} AND leaseUntil < UTC_TIMESTAMP(3)`;
    return runInTransaction(this.dataSource, async (tx) => {
      const terminated: { affectedRows: number } = await tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Terminated}, failure = 'attempts',
           endedAt = UTC_TIMESTAMP(3), runToken = NULL, leaseUntil = NULL, rerunGuard = NULL
         WHERE ${expired} AND attempts >= ${MAX_ATTEMPTS}`,
      );
      const requeued: { affectedRows: number } = await tx.query(
        `UPDATE compute_tasks SET status = ${TaskStatus.Queued}, runToken = NULL, leaseUntil = NULL
         WHERE ${expired}`,
      );
      return { requeued: requeued.affectedRows, terminated: terminated.affectedRows };
    });
  }
}

export const recordColumns = [
  'task',
  'userId',
  'pid',
  'ctdna',
  'cpg',
  'hcc',
  'hccInfer',
  'probability',
  'extrapolated',
  'modelId',
  'modelChecksum',
  'originId',
  'createdAt',
] as const;

function toClaimedTask(row: Record<string, unknown>): ClaimedTask {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    ownerId: row['ownerId'] === null ? null : Number(row['ownerId']),
    pid: Number(row['pid']),
    ctdna: Number(row['ctdna']),
    cpg: Number(row['cpg']),
    hcc: row['hcc'] === null ? null : Boolean(row['hcc']),
    modelId: row['modelId'] as string | null,
    originId: row['originId'] === null ? null : Number(row['originId']),
    requestId: row['requestId'] as string | null,
  };
}
