import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { currentRequestId } from '../../platform/logging/request-trace';
import type { DomainError } from '../../platform/errors/domain-error';
import { UserRole, UserStatus } from '../../accounts/user.entity';
import {
  AccountBannedError,
  ComputeBannedError,
  PermissionDeniedError,
} from '../../auth/auth.errors';
import { QuotaExceededError } from './task.errors';
import { insertRows } from '../../platform/database/insert-rows';
import { TaskStatus } from './task.entity';
import { secondsToMidnightUtc, utcDay } from './utc-day';
import { TaskWake } from './task-wake';

export interface NewTask {
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc: boolean | null;
}

interface Submission {
  readonly userId: number;
  readonly ids: readonly string[];
  readonly tasks: readonly NewTask[];
  readonly requestId: string | null;
  readonly accept: () => void;
  readonly refuse: (error: unknown) => void;
}

interface Account {
  readonly role: UserRole;
  readonly status: UserStatus;
  readonly computeQuota: number | null;
  /** Units used today. */
  readonly used: number;
}

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
  private running = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly wake: TaskWake,
  ) {}

  /**
   * Resolves with the ids, in order, once they are committed.
   *
   * @throws ComputeBannedError, QuotaExceededError: nothing was accepted
   */
  submit(userId: number, tasks: readonly NewTask[]): Promise<string[]> {
    const ids = tasks.map(() => randomBytes(16).toString('hex'));
    return new Promise((resolve, reject) => {
      this.waiting.push({
        userId,
        ids,
        tasks,
        requestId: currentRequestId() ?? null,
        accept: () => resolve(ids),
        refuse: reject,
      });
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (this.waiting.length > 0) await this.commitNext();
    } finally {
      this.running = false;
    }
  }

  private async commitNext(): Promise<void> {
    const group: Submission[] = [];
    for (let rows = 0; this.waiting.length > 0;) {
      rows += this.waiting[0]!.tasks.length;
      if (group.length > 0 && rows > MAX_ROWS_PER_TRANSACTION) break;
      group.push(this.waiting.shift()!);
    }
    try {
      const refused = await runInTransaction(this.dataSource, (tx) => this.insert(tx, group));
      for (const one of group) {
        const error = refused.get(one);
        if (error) one.refuse(error);
        else one.accept();
      }
      const accepted = group.filter((one) => !refused.has(one));
      if (accepted.length > 0) this.wake.wake(accepted.flatMap((one) => one.ids));
    } catch (error) {
      this.logger.debug(`a group of ${group.length} submissions was not committed`);
      for (const one of group) one.refuse(error);
    }
  }

  /** Inserts what the quotas allow, in the order of arrival; returns what was refused and why. */
  private async insert(
    tx: EntityManager,
    group: readonly Submission[],
  ): Promise<Map<Submission, DomainError>> {
    const refused = new Map<Submission, DomainError>();
    const now = new Date();
    const day = utcDay(now);
    const userIds = [...new Set(group.map((one) => one.userId))].sort((a, b) => a - b);
    // Takes the lock of each quota row, in the order of the ids, and makes the rows that are missing.
    await insertRows(
      tx,
      'compute_quotas',
      ['userId', 'day', 'used'],
      userIds.map((userId) => [userId, day, 0]),
      'ON DUPLICATE KEY UPDATE used = used',
    );
    const accounts = await this.accounts(tx, userIds, day);
    const used = new Map([...accounts].map(([userId, account]) => [userId, account.used]));
    for (const one of group) {
      const account = accounts.get(one.userId);
      const units = used.get(one.userId) ?? 0;
      const error = this.refusal(account, units, one.tasks.length, now);
      if (error) refused.set(one, error);
      else used.set(one.userId, units + one.tasks.length);
    }
    await insertRows(
      tx,
      'compute_quotas',
      ['userId', 'day', 'used'],
      [...used]
        .filter(([userId, units]) => units !== accounts.get(userId)?.used)
        .map(([userId, units]) => [userId, day, units]),
      'ON DUPLICATE KEY UPDATE used = VALUES(used)',
    );
    const accepted = group.filter((one) => !refused.has(one));
    await insertRows(
      tx,
      'compute_tasks',
      [
        'id',
        'userId',
        'pid',
        'ctdna',
        'cpg',
        'hcc',
        'status',
        'chargedOn',
        'requestId',
        'createdAt',
      ],
      accepted.flatMap((one) =>
        one.tasks.map((task, i) => [
          one.ids[i]!,
          one.userId,
          task.pid,
          task.ctdna,
          task.cpg,
          task.hcc,
          TaskStatus.Queued,
          day,
          one.requestId,
          now,
        ]),
      ),
    );
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

  /** The users as they are now, each with the units used today, whose rows this transaction has locked. */
  private async accounts(
    tx: EntityManager,
    userIds: readonly number[],
    day: string,
  ): Promise<Map<number, Account>> {
    const rows: (Account & { id: string })[] = await tx.query(
      `SELECT u.id, u.role, u.status, u.computeQuota, q.used
       FROM users u JOIN compute_quotas q ON q.userId = u.id AND q.day = ? WHERE u.id IN (?)`,
      [day, userIds],
    );
    return new Map(rows.map((row) => [Number(row.id), { ...row, used: Number(row.used) }]));
  }
}
