import type { UserRole, UserStatus } from '../../accounts/user.entity';
import { insertStatements, type SqlValue } from '../../platform/database/insert-rows';
import type { Statement } from '../../platform/database/statement-batches';
import type { ComputeModel } from '../inference/compute-model';
import type { ComputedTask, TaskOfResult } from './claimed-task';
import { taskEvents, type TaskChange } from './record-task-events';
import { changesOf, recordsOf } from './task-results';
import { NO_TOKEN, TaskStatus } from './task.entity';

export interface NewTask {
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc: boolean | null;
}

/** Tasks of one request, accepted or refused as a whole. */
export interface Submission {
  readonly userId: number;
  readonly ids: readonly string[];
  /** What they share; null for one on its own. */
  readonly batch: string | null;
  readonly tasks: readonly NewTask[];
  readonly requestId: string | null;
  readonly accept: () => void;
  readonly refuse: (error: unknown) => void;
}

export interface Account {
  readonly role: UserRole;
  readonly status: UserStatus;
  readonly computeQuota: number | null;
  /** Units used today. */
  readonly used: number;
}

/** The users as they are now, each with the units used today, whose rows the transaction has locked. */
export const ACCOUNTS = `SELECT u.id, u.role, u.status, u.computeQuota, q.used, UTC_TIMESTAMP(3) AS now
  FROM users u JOIN compute_quotas q ON q.userId = u.id AND q.day = ? WHERE u.id IN (?)`;

export function toAccount(row: Readonly<Record<string, unknown>>): Account {
  return { ...(row as unknown as Account), used: Number(row['used']) };
}

/** Units that each user asks for. */
export function unitsOf(group: readonly Submission[]): Map<number, number> {
  const units = new Map<number, number>();
  for (const { userId, tasks } of group) units.set(userId, (units.get(userId) ?? 0) + tasks.length);
  return units;
}

/** One of each user, then the second of each, and so on; each user's in the order of arrival. */
export function inTurn(waiting: readonly Submission[]): Submission[] {
  const rounds: Submission[][] = [];
  const own = new Map<number, number>();
  for (const one of waiting) {
    const round = own.get(one.userId) ?? 0;
    own.set(one.userId, round + 1);
    (rounds[round] ??= []).push(one);
  }
  return rounds.flat();
}

/** The results of all tasks; null where the model cannot compute one, which is a worker's business. */
export function resultsOf(
  accepted: readonly Submission[],
  model: ComputeModel,
): ComputedTask<TaskOfResult>[] | null {
  try {
    return accepted.flatMap(({ userId, batch, ids, tasks }) =>
      tasks.map((task, i) => ({
        task: { ...task, id: ids[i]!, userId, ownerId: userId, batch, originId: null },
        model,
        prediction: model.predict(task),
      })),
    );
  } catch {
    return null;
  }
}

/** Tasks that wait for a worker, and their events. */
export function queuedTasksOf(
  accepted: readonly Submission[],
  day: string,
  now: Date,
): Statement[] {
  const columns = [...TASK_COLUMNS, 'runToken'];
  const rows = rowsOf(accepted, [TaskStatus.Queued, day, now, NO_TOKEN.queued]);
  return [
    ...insertStatements('compute_tasks', columns, rows),
    ...taskEvents(queuedChangesOf(accepted)),
  ];
}

/** Tasks that are done, their records, and the events of both states. `doneAt`: by the clock of the database. */
export function computedTasksOf(
  accepted: readonly Submission[],
  results: readonly ComputedTask<TaskOfResult>[],
  day: string,
  now: Date,
  doneAt: Date,
): Statement[] {
  const columns = [...TASK_COLUMNS, 'attempts', 'startedAt', 'endedAt'];
  const rows = rowsOf(accepted, [TaskStatus.Done, day, now, 1, doneAt, doneAt]);
  return [
    ...insertStatements('compute_tasks', columns, rows),
    ...recordsOf(results, doneAt),
    ...taskEvents([...queuedChangesOf(accepted), ...changesOf(results)]),
  ];
}

function rowsOf(accepted: readonly Submission[], end: readonly SqlValue[]): SqlValue[][] {
  return accepted.flatMap(
    ({ ids, batch, userId, tasks, requestId }) =>
    tasks.map(({ pid, ctdna, cpg, hcc }, i) => [ids[i]!, batch, userId, pid, ctdna, cpg, hcc, requestId, ...end]), // prettier-ignore
  );
}

function queuedChangesOf(accepted: readonly Submission[]): TaskChange[] {
  return accepted.flatMap(({ userId, batch, ids }) =>
    ids.map((id) => ({ id, userId, batch, status: TaskStatus.Queued, failure: null })),
  );
}

const TASK_COLUMNS = [
  'id',
  'batch',
  'userId',
  'pid',
  'ctdna',
  'cpg',
  'hcc',
  'requestId',
  'status',
  'chargedOn',
  'createdAt',
];
