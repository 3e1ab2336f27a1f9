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
import type { ComputeModel } from '../inference/compute-model';
import { RecordCounts } from '../history/record-counts';
import { ActiveModels } from '../model-store/active-models';
import { QuotaExceededError } from './task.errors';
import { secondsToMidnightUtc, utcDay } from './utc-day';
import {
  ACCOUNTS,
  computedTasksOf,
  inTurn,
  queuedTasksOf,
  resultsOf,
  toAccount,
  unitsOf,
  type Account,
  type NewTask,
  type Submission,
} from './submitted-tasks';
import { TaskDispatcher } from './task-dispatcher';
import { ownersOf } from './task-results';
import { TaskWake } from './task-wake';

/** Side by side, where the one under way is large: small ones cost less together. They never share a user. */
const MAX_TRANSACTIONS = 2;
/** From so many rows on a transaction takes so long that others are not to wait for it. */
const MANY_ROWS = 300;
/** Rows that one transaction inserts at most; a single larger submission goes alone. */
const MAX_ROWS_PER_TRANSACTION = 1_000;

/** Larger batches are left to the workers: until their turn comes they can be cancelled. */
const MAX_COMPUTED_AT_ONCE = 200;

/** What became of a group. */
interface Outcome {
  readonly refused: ReadonlyMap<Submission, DomainError>;
  /** Whether any of the others is left to the workers; those that are not are done. */
  readonly queued: boolean;
}

/**
 * Accepts tasks. Submissions that arrive during a transaction share the next one (group commit), so a
 * thousand callers cost a few commits. Each submission is accepted or refused as a whole, under the
 * lock of its user's quota row, so quotas are exact.
 *
 * Where this process leads the work and none waits, it computes all but large batches at once: that
 * takes less than to queue them, and task and record are one commit.
 */
@Injectable()
export class TaskSubmission {
  private readonly logger = new Logger(TaskSubmission.name);
  private waiting: Submission[] = [];
  /** The users of the transactions under way. */
  private readonly busyUsers = new Set<number>();
  private underWay = 0;
  private rowsUnderWay = 0;
  private scheduled = false;

  constructor(
    private readonly batches: StatementBatches,
    private readonly settings: Settings,
    private readonly wake: TaskWake,
    private readonly dispatcher: TaskDispatcher,
    private readonly models: ActiveModels,
    private readonly counts: RecordCounts,
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
    if (this.scheduled || !this.mayBegin()) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.mayBegin()) {
        const group = this.nextGroup();
        if (group.length === 0) return;
        void this.commitGroup(group);
      }
    });
  }

  private mayBegin(): boolean {
    if (this.underWay === 0) return true;
    return this.underWay < MAX_TRANSACTIONS && this.rowsUnderWay >= MANY_ROWS;
  }

  /** Taking the users in turn, those whose users no transaction under way has locked. */
  private nextGroup(): Submission[] {
    const group: Submission[] = [];
    let rows = 0;
    for (const one of inTurn(this.waiting.filter(({ userId }) => !this.busyUsers.has(userId)))) {
      rows += one.tasks.length;
      if (group.length > 0 && rows > MAX_ROWS_PER_TRANSACTION) break;
      group.push(one);
    }
    const taken = new Set(group);
    this.waiting = this.waiting.filter((one) => !taken.has(one));
    return group;
  }

  private async commitGroup(group: readonly Submission[]): Promise<void> {
    const users = new Set(group.map(({ userId }) => userId));
    for (const userId of users) this.busyUsers.add(userId);
    const rows = group.reduce((sum, { tasks }) => sum + tasks.length, 0);
    this.underWay++;
    this.rowsUnderWay += rows;
    try {
      await this.commit(group);
    } finally {
      this.underWay--;
      this.rowsUnderWay -= rows;
      for (const userId of users) this.busyUsers.delete(userId);
      this.schedule();
    }
  }

  private async commit(
    group: readonly Submission[],
    mayCompute = this.dispatcher.nothingWaits,
  ): Promise<void> {
    let outcome: Outcome;
    try {
      const model = mayCompute ? await this.models.get(null).catch(() => null) : null;
      outcome = await this.batches.transaction((tx) => this.insert(tx, group, model));
    } catch (error) {
      if ((group.length > 1 || mayCompute) && isRefusedStatement(error)) {
        this.logger.warn(`${group.length} submissions are tried one by one: ${String(error)}`);
        for (const one of group) await this.commit([one], false);
      } else for (const one of group) one.refuse(error);
      return;
    }
    const { refused, queued } = outcome;
    for (const one of group) {
      const error = refused.get(one);
      if (error) one.refuse(error);
      else one.accept();
    }
    if (queued) this.wake.wake();
  }

  /** Inserts what the quotas allow, each user's in the order of arrival, computed where there is a model. */
  private async insert(
    tx: BatchedTransaction,
    group: readonly Submission[],
    model: ComputeModel | null,
  ): Promise<Outcome> {
    const refused = new Map<Submission, DomainError>();
    const now = new Date();
    const day = utcDay(now);
    const asked = unitsOf(group);
    const userIds = [...asked.keys()].sort((a, b) => a - b);
    // Takes the lock of each quota row, in the order of the ids, and makes the rows that are missing.
    const answers = await tx.send([
      ...insertStatements(
        'compute_quotas',
        ['userId', 'day', 'used'],
        userIds.map((userId) => [userId, day, asked.get(userId)!]),
        'ON DUPLICATE KEY UPDATE used = used + VALUES(used)',
      ),
      { sql: ACCOUNTS, values: [day, userIds] },
    ]);
    const rows = answers.at(-1) ?? [];
    const accounts = new Map(rows.map((row) => [Number(row['id']), toAccount(row)]));
    const used = new Map(userIds.map((id) => [id, (accounts.get(id)?.used ?? 0) - asked.get(id)!]));
    for (const one of group) {
      const units = used.get(one.userId)!;
      const error = this.refusal(accounts.get(one.userId), units, one.tasks.length, now);
      if (error) refused.set(one, error);
      else used.set(one.userId, units + one.tasks.length);
    }
    const accepted = group.filter((one) => !refused.has(one));
    const small = accepted.filter(({ tasks }) => tasks.length <= MAX_COMPUTED_AT_ONCE);
    const results = (model && resultsOf(small, model)) ?? [];
    const done = new Set(results.length > 0 ? small : []);
    const queued = accepted.filter((one) => !done.has(one));
    const refunds = insertStatements(
      'compute_quotas',
      ['userId', 'day', 'used'],
      [...unitsOf([...refused.keys()])].map(([userId, units]) => [userId, day, units]),
      'ON DUPLICATE KEY UPDATE used = used - VALUES(used)',
    );
    const dbNow = (rows[0]?.['now'] ?? now) as Date;
    await tx.commit([
      ...refunds,
      ...computedTasksOf([...done], results, day, now, dbNow),
      ...queuedTasksOf(queued, day, now),
      ...this.counts.additions(ownersOf(results)),
    ]);
    return { refused, queued: queued.length > 0 };
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
