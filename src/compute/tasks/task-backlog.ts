import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TaskStatus } from './task.entity';

export interface QueuedTask {
  readonly id: string;
  /** How often it was claimed and not finished. */
  readonly attempts: number;
}

/** The queued tasks in order of dispatch. Left alone, the database may read all that a user ever submitted. */
const QUEUED = 'compute_tasks FORCE INDEX (compute_tasks_dispatch)';

/** Age up to which the lengths of all users' queues are good enough for an estimate. */
const SIZES_AGE_MS = 1_000;

/** The queued tasks, dispatched fairly: round-robin over the users. */
@Injectable()
export class TaskBacklog {
  /** The user served last; the next round begins behind it. */
  private lastServed = 0;
  private sizes: { readonly at: number; readonly of: Promise<Map<number, number>> } | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Up to `count` tasks, round-robin over the users who have any, each user's in order of
   * submission. Tasks in `exclude` (already dispatched) are skipped.
   */
  async next(count: number, exclude: ReadonlySet<string> = new Set()): Promise<QueuedTask[]> {
    const users = this.rotated(await this.usersWithWork());
    if (users.length === 0 || count <= 0) return [];
    const served = users.slice(0, count);
    // With few users one of them may fill the whole batch; with many each gets a few.
    const each = Math.min(count, Math.ceil((10 * count) / served.length));
    // Tasks already dispatched are spread over the users about as evenly.
    const passed = Math.min(exclude.size, 2 * Math.ceil(exclude.size / served.length));
    const queues = await this.heads(served, each + passed);
    const chosen: QueuedTask[] = [];
    for (let round = 0; chosen.length < count; round++) {
      const before = chosen.length;
      for (const userId of served) {
        const queue = queues.get(userId) ?? [];
        while (queue.length > 0 && exclude.has(queue[0]!.id)) queue.shift();
        const task = queue.shift();
        if (!task) continue;
        chosen.push(task);
        this.lastServed = userId;
        if (chosen.length === count) break;
      }
      if (chosen.length === before) break;
    }
    return chosen;
  }

  /**
   * Estimates how many tasks are dispatched up to and including this one: the user's own ahead of
   * it, and as many of each other user. The order within a round is left open, and the lengths of
   * the other users' queues are up to a second old.
   */
  async position(userId: number, seq: number): Promise<number> {
    const [row]: { ahead: string }[] = await this.dataSource.query(
      `SELECT COUNT(*) AS ahead FROM ${QUEUED}
       WHERE status = ${TaskStatus.Queued} AND userId = ? AND seq < ?`,
      [userId, seq],
    );
    const ahead = Number(row?.ahead ?? 0);
    let position = ahead + 1;
    for (const [other, size] of await this.queueSizes()) {
      if (other !== userId) position += Math.min(size, ahead);
    }
    return position;
  }

  /** Queued tasks of all users. */
  async size(): Promise<number> {
    let sum = 0;
    for (const size of (await this.queueSizes()).values()) sum += size;
    return sum;
  }

  /** Whether any task waits, in a batch or not. */
  async hasWork(): Promise<boolean> {
    return (await this.usersWithWork()).length > 0;
  }

  private queueSizes(): Promise<Map<number, number>> {
    const now = Date.now();
    if (!this.sizes || now - this.sizes.at > SIZES_AGE_MS) {
      const of = this.dataSource
        .query(
          `SELECT userId, COUNT(*) AS size FROM ${QUEUED}
           WHERE status = ${TaskStatus.Queued} GROUP BY userId`,
        )
        .then(
          (rows: { userId: string; size: string }[]) =>
            new Map(rows.map((row) => [Number(row.userId), Number(row.size)])),
        );
      of.catch(() => (this.sizes = null));
      this.sizes = { at: now, of };
    }
    return this.sizes.of;
  }

  private async usersWithWork(): Promise<number[]> {
    // One probe of the index for each account: 3.5 µs each, whatever the length of the queues.
    // Grouping the tasks instead would read all of them (70 ms for 200,000).
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT u.id FROM users u WHERE
         (SELECT 1 FROM ${QUEUED}
          WHERE status = ${TaskStatus.Queued} AND userId = u.id LIMIT 1) = 1`,
    );
    return rows.map((row) => Number(row.id)).sort((a, b) => a - b);
  }

  private rotated(users: readonly number[]): number[] {
    const start = users.findIndex((userId) => userId > this.lastServed);
    return start <= 0 ? [...users] : [...users.slice(start), ...users.slice(0, start)];
  }

  private async heads(
    userIds: readonly number[],
    each: number,
  ): Promise<Map<number, QueuedTask[]>> {
    const one = `(SELECT id, userId, seq, attempts FROM ${QUEUED}
      WHERE status = ${TaskStatus.Queued} AND userId = ? ORDER BY seq LIMIT ?)`;
    const rows: (QueuedTask & { userId: string })[] = await this.dataSource.query(
      `${userIds.map(() => one).join(' UNION ALL ')} ORDER BY seq`,
      userIds.flatMap((userId) => [userId, each]),
    );
    const queues = new Map<number, QueuedTask[]>();
    for (const row of rows) {
      const userId = Number(row.userId);
      const queue = queues.get(userId);
      const task = { id: row.id, attempts: Number(row.attempts) };
      if (queue) queue.push(task);
      else queues.set(userId, [task]);
    }
    return queues;
  }
}
