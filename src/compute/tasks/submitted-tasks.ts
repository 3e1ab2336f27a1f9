import type { UserRole, UserStatus } from '../../accounts/user.entity';
import { insertStatements } from '../../platform/database/insert-rows';
import type { Statement } from '../../platform/database/statement-batches';
import { taskEvents } from './record-task-events';
import { TaskStatus } from './task.entity';

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
export const ACCOUNTS = `SELECT u.id, u.role, u.status, u.computeQuota, q.used
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

export function tasksOf(accepted: readonly Submission[], day: string, now: Date): Statement[] {
  return insertStatements(
    'compute_tasks',
    TASK_COLUMNS,
    accepted.flatMap(({ ids, batch, userId, tasks, requestId }) =>
      tasks.map(({ pid, ctdna, cpg, hcc }, i) => [
        ids[i]!,
        batch,
        userId,
        pid,
        ctdna,
        cpg,
        hcc,
        TaskStatus.Queued,
        day,
        requestId,
        now,
      ]),
    ),
  );
}

/** That the tasks are queued. */
export function queuedEventsOf(accepted: readonly Submission[]): Statement[] {
  return taskEvents(
    accepted.flatMap(({ userId, batch, ids }) =>
      ids.map((id) => ({ id, userId, batch, status: TaskStatus.Queued, failure: null })),
    ),
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
  'status',
  'chargedOn',
  'requestId',
  'createdAt',
];
