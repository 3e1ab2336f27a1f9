import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { isRefusedStatement } from '../../platform/database/database-errors';
import { insertStatements } from '../../platform/database/insert-rows';
import {
  StatementBatches,
  type BatchedTransaction,
} from '../../platform/database/statement-batches';
import { currentRequestId } from '../../platform/logging/request-trace';
import type { DomainError } from '../../platform/errors/domain-error';
import { UserRole, UserStatus } from '../../accounts/user.entity';
import {
  AccountBannedError,
  ComputeBannedError,
  PermissionDeniedError,
} from '../../auth/auth.errors';
import { QuotaExceededError } from './task.errors';
import { secondsToMidnightUtc, utcDay } from './utc-day';
import {
  ACCOUNTS,
  queuedEventsOf,
  tasksOf,
  toAccount,
  unitsOf,
  type Account,
  type NewTask,
  type Submission,
} from './submitted-tasks';
import { TaskWake } from './task-wake';

/** Side by side, so that one is answered while the other is written; they never share a user. */
const MAX_TRANSACTIONS = 2;
/** Rows that one transaction inserts at most; a single larger submission goes alone. */
const MAX_ROWS_PER_TRANSACTION = 2_000;

/**
 * Accepts tasks. Submissions that arrive during a transaction share the next one (group commit), so a
 * thousand callers cost a few commits. Each submission is accepted or refused as a whole, under the
 * lock of its user's quota row, so quotas are exact.
 */
@Injectable()
export class TaskSubmission {
  private readonly logger = new Logger(TaskSubmission.name);
  private waiting: Submission[] = [];
  /** The users of the transactions under way. */
  private readonly busyUsers = new Set<number>();
  private underWay = 0;
  private scheduled = false;

  constructor(
    private readonly batches: StatementBatches,
    private readonly settings: Settings,
    private readonly wake: TaskWake,
  ) {}

  /**
   * Resolves with the ids, in order, once they are committed. `batch`: the id that they share.
   *
   * @throws ComputeBannedError, QuotaExceededError: nothing was accepted
   */
  submit(
    userId: number,
    tasks: readonly NewTask[],
    batch: string | null = null,
  ): Promise<string[]> {
    // Draws its random bytes in large pieces: a call of its own for each id takes ten times as long.
    const ids = tasks.map(() => randomUUID().replaceAll('-', ''));
    return new Promise((resolve, reject) => {
      this.waiting.push({
        userId,
        ids,
        batch,
        tasks,
        requestId: currentRequestId() ?? null,
        accept: () => resolve(ids),
        refuse: reject,
      });
      this.schedule();
    });
  }

  /** Requests that are read from their connections in the same turn go together. */
  private schedule(): void {
    if (this.scheduled || this.underWay >= MAX_TRANSACTIONS) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.underWay < MAX_TRANSACTIONS) {
        const group = this.nextGroup();
        if (group.length === 0) return;
        void this.commitGroup(group);
      }
    });
  }

  /** In the order of arrival, those whose users no transaction under way has locked. */
  private nextGroup(): Submission[] {
    const group: Submission[] = [];
    const later: Submission[] = [];
    let rows = 0;
    let full = false;
    for (const one of this.waiting) {
      full ||= group.length > 0 && rows + one.tasks.length > MAX_ROWS_PER_TRANSACTION;
      if (full || this.busyUsers.has(one.userId)) {
        later.push(one);
      } else {
        group.push(one);
        rows += one.tasks.length;
      }
    }
    this.waiting = later;
    return group;
  }

  private async commitGroup(group: readonly Submission[]): Promise<void> {
    const users = new Set(group.map(({ userId }) => userId));
    for (const userId of users) this.busyUsers.add(userId);
    this.underWay++;
    try {
      await this.commit(group);
    } finally {
      this.underWay--;
      for (const userId of users) this.busyUsers.delete(userId);
      this.schedule();
    }
  }

  private async commit(group: readonly Submission[]): Promise<void> {
    let refused: ReadonlyMap<Submission, DomainError>;
    try {
      refused = await this.batches.transaction((tx) => this.insert(tx, group));
    } catch (error) {
      if (group.length > 1 && isRefusedStatement(error)) {
        this.logger.warn(`${group.length} submissions are tried one by one: ${String(error)}`);
        for (const one of group) await this.commit([one]);
      } else for (const one of group) one.refuse(error);
      return;
    }
    const ids: string[] = [];
    for (const one of group) {
      const error = refused.get(one);
      if (error) one.refuse(error);
      else {
        one.accept();
        ids.push(...one.ids);
      }
    }
    if (ids.length > 0) this.wake.wake(ids);
  }

  /** Inserts what the quotas allow, in the order of arrival; returns what was refused and why. */
  private async insert(
    tx: BatchedTransaction,
    group: readonly Submission[],
  ): Promise<Map<Submission, DomainError>> {
    const refused = new Map<Submission, DomainError>();
    const now = new Date();
    const day = utcDay(now);
    const asked = unitsOf(group);
    const userIds = [...asked.keys()].sort((a, b) => a - b);
    // Takes the lock of each quota row, in the order of the ids, and makes the rows that are missing.
    const [, rows = []] = await tx.send([
      ...insertStatements(
        'compute_quotas',
        ['userId', 'day', 'used'],
        userIds.map((userId) => [userId, day, asked.get(userId)!]),
        'ON DUPLICATE KEY UPDATE used = used + VALUES(used)',
      ),
      { sql: ACCOUNTS, values: [day, userIds] },
    ]);
    const accounts = new Map(rows.map((row) => [Number(row['id']), toAccount(row)]));
    const used = new Map(userIds.map((id) => [id, (accounts.get(id)?.used ?? 0) - asked.get(id)!]));
    for (const one of group) {
      const units = used.get(one.userId)!;
      const error = this.refusal(accounts.get(one.userId), units, one.tasks.length, now);
      if (error) refused.set(one, error);
      else used.set(one.userId, units + one.tasks.length);
    }
    const accepted = group.filter((one) => !refused.has(one));
    await tx.commit([
      ...insertStatements(
        'compute_quotas',
        ['userId', 'day', 'used'],
        [...unitsOf([...refused.keys()])].map(([userId, units]) => [userId, day, units]),
        'ON DUPLICATE KEY UPDATE used = used - VALUES(used)',
      ),
      ...tasksOf(accepted, day, now),
      ...queuedEventsOf(accepted),
    ]);
    return refused;
  }

  private refusal(
    account: Account | undefined,
    used: number,
    asked: number,
    now: Date,
  ): DomainError | null {
    // The guard has checked already; this check, under the lock, is the one that no ban can slip past.
    if (!account || account.status === UserStatus.Deregistered) return new PermissionDeniedError();
    if (account.status === UserStatus.Banned) return new AccountBannedError();
    if (account.status === UserStatus.ComputeBanned) return new ComputeBannedError();
    if (account.role === UserRole.Admin) return null;
    const limit = account.computeQuota ?? this.settings.computeDailyQuota;
    if (used + asked <= limit) return null;
    const left = Math.max(0, limit - used);
    return new QuotaExceededError(limit, left, asked, secondsToMidnightUtc(now));
  }
}
