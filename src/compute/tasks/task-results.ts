import { insertStatements } from '../../platform/database/insert-rows';
import type { Statement } from '../../platform/database/statement-batches';
import type { ComputedTask, FailedTask, TaskOfResult } from './claimed-task';
import type { TaskChange } from './record-task-events';
import { TaskStatus } from './task.entity';

const recordColumns = [
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

export function recordsOf(done: readonly ComputedTask<TaskOfResult>[], now: Date): Statement[] {
  return insertStatements(
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
}

/** The diagnosis of a rerun may have been confirmed since it was asked for. */
export function confirmationsOf(done: readonly ComputedTask[]): Statement[] {
  const reruns = done.filter(({ task }) => task.originId !== null).map(({ task }) => task.id);
  if (reruns.length === 0) return [];
  const sql = `UPDATE compute_records n JOIN compute_records o ON o.id = n.originId
    SET n.hcc = o.hcc WHERE n.task IN (?)`;
  return [{ sql, values: [reruns] }];
}

export function endsOf(done: readonly ComputedTask[], now: Date): Statement[] {
  if (done.length === 0) return [];
  const sql = `UPDATE compute_tasks SET status = ${TaskStatus.Done}, endedAt = ?, runToken = NULL,
    leaseUntil = NULL WHERE seq IN (?)`;
  return [{ sql, values: [now, done.map(({ task }) => task.seq)] }];
}

export function failuresOf(failed: readonly FailedTask[], now: Date): Statement[] {
  const sql = `UPDATE compute_tasks SET status = ${TaskStatus.Terminated}, endedAt = ?, failure = ?,
    runToken = NULL, leaseUntil = NULL, rerunGuard = NULL WHERE seq = ?`;
  return failed.map(({ task, failure }) => ({ sql, values: [now, failure, task.seq] }));
}

/** The states that the tasks came to, for their events. */
export function changesOf(
  done: readonly ComputedTask<TaskOfResult>[],
  failed: readonly FailedTask[] = [],
): TaskChange[] {
  return [
    ...done.map(({ task }) => ({ ...task, status: TaskStatus.Done, failure: null })),
    ...failed.map(({ task, failure }) => ({ ...task, status: TaskStatus.Terminated, failure })),
  ];
}

/** How many records each user gets. */
export function ownersOf(done: readonly ComputedTask<TaskOfResult>[]): Map<number, number> {
  const added = new Map<number, number>();
  for (const { task } of done)
    if (task.ownerId !== null) added.set(task.ownerId, (added.get(task.ownerId) ?? 0) + 1);
  return added;
}
