import type { EntityManager } from 'typeorm';
import type { Statement } from '../../platform/database/statement-batches';
import type { TaskFailure, TaskStatus } from './task.entity';

/** A task that came to a state. */
export interface TaskChange {
  readonly id: string;
  readonly userId: number;
  readonly batch: string | null;
  readonly status: TaskStatus;
  readonly failure: TaskFailure | null;
}

/** Tasks of one row; the ids of events leave room for as many. */
export const MAX_TASKS_OF_EVENT = 1_000;

/** Writes the events of tasks, to be sent with the transaction that changes them. */
export function taskEvents(changes: readonly TaskChange[]): Required<Statement>[] {
  if (changes.length === 0) return [];
  const rows = rowsOf(changes);
  return [
    {
      sql: `INSERT INTO compute_task_events (userId, batch, status, failure, tasks, createdAt)
        VALUES ${rows.map(() => '(?, ?, ?, ?, ?, UTC_TIMESTAMP(3))').join(', ')}`,
      values: rows.flat(),
    },
  ];
}

/** The same in a transaction of the ORM. */
export async function recordTaskEvents(
  tx: EntityManager,
  changes: readonly TaskChange[],
): Promise<void> {
  for (const { sql, values } of taskEvents(changes)) await tx.query(sql, [...values]);
}

/** A row for those that share everything, with up to MAX_TASKS_OF_EVENT ids. */
function rowsOf(changes: readonly TaskChange[]): (string | number | null)[][] {
  const groups = new Map<string, TaskChange[]>();
  for (const change of changes) {
    const key = `${change.userId} ${change.batch} ${change.status} ${change.failure}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].flatMap((group) => {
    const rows = [];
    for (let from = 0; from < group.length; from += MAX_TASKS_OF_EVENT) {
      const [first, ...others] = group.slice(from, from + MAX_TASKS_OF_EVENT);
      if (!first) continue;
      const ids = [first, ...others].map(({ id }) => id).join(',');
      rows.push([first.userId, first.batch, first.status, first.failure, ids]);
    }
    return rows;
  });
}
