import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseUserName } from '../../accounts/user-name';
import { UserStatus, type User } from '../../accounts/user.entity';
import { AuditService, type AuditRecord } from '../../audit/audit.service';
import type { BoundStatement } from '../../platform/database/insert-rows';
import { pooledQuery } from '../../platform/database/pooled-query';
import { StatementBatches } from '../../platform/database/statement-batches';
import { AddressBanService } from '../addresses/address-ban.service';
import { AccountBannedError, AwaitingApprovalError, WrongCredentialsError } from '../auth.errors';
import { CacheInvalidation } from '../cache/cache-invalidation';
import { PasswordHasher } from '../passwords/password-hasher';
import { SessionService, type ClientInfo } from '../sessions/session.service';
import { FailureThrottle } from '../throttle/failure-throttle';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessTokens, type IssuedTokens, type TokenHolder } from '../tokens/access-tokens';

/** How often a login verifies the password of an account that changes at the same time. */
const MAX_VERIFICATIONS = 3;

/** Signs users in. A ban or a pending approval is revealed only to a correct password. */
@Injectable()
export class LoginService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batches: StatementBatches,
    private readonly caches: CacheInvalidation,
    private readonly hasher: PasswordHasher,
    private readonly sessions: SessionService,
    private readonly tokens: AccessTokens,
    private readonly throttle: RequestThrottle,
    private readonly failures: FailureThrottle,
    private readonly addressBans: AddressBanService,
    private readonly audit: AuditService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.hasher.warmUp();
  }

  /**
   * `digest`: the client's double SHA-256 in lower case.
   * @throws AddressBannedError, TooManyAttemptsError, WrongCredentialsError, AccountBannedError,
   * AwaitingApprovalError
   */
  async login(userName: string, digest: string, client: ClientInfo): Promise<IssuedTokens> {
    await this.addressBans.refuseBanned(client.address);
    await this.throttle.login(client.address);
    const nameKey = parseUserName(userName)?.key ?? '';
    for (let attempt = 1; ; attempt += 1) {
      const { user, correct } = await this.failures.attempt(nameKey, client.address, () =>
        this.verify(nameKey, digest),
      );
      if (!user || !correct || attempt > MAX_VERIFICATIONS) return this.refuse(user, client);
      const issued = await this.signIn(user, client);
      if (issued) return issued;
    }
  }

  /** The same work for an unknown name as for a wrong password, so that the time reveals nothing. */
  private async verify(
    nameKey: string,
    digest: string,
  ): Promise<{ user: Account | null; correct: boolean }> {
    const user = await this.find(nameKey);
    return user && user.status !== UserStatus.Deregistered
      ? { user, correct: await this.hasher.verify(user.passwordHash, digest) }
      : { user: null, correct: await this.hasher.verifyNothing(digest) };
  }

  private async find(nameKey: string): Promise<Account | null> {
    const [row] = await pooledQuery<
      Omit<Account, 'id' | 'pendingApproval'> & { id: string; pendingApproval: number }
    >(
      this.dataSource,
      `SELECT id, uid, name, passwordHash, role, status, pendingApproval, credentialVersion
       FROM users WHERE nameKey = ?`,
      [nameKey],
    );
    return row
      ? { ...row, id: Number(row.id), pendingApproval: Boolean(row.pendingApproval) }
      : null;
  }

  private async refuse(user: Account | null, client: ClientInfo): Promise<never> {
    // An unknown name is not recorded: it may be a password in the wrong field.
    await this.audit.record({
      action: 'session.login-failed',
      outcome: 'refused',
      target: { type: 'user', id: user?.uid ?? 'unknown', name: user?.name },
      address: client.address,
    });
    throw new WrongCredentialsError();
  }

  /** Null when the account was changed after its password was verified: verify it again. */
  private async signIn(user: Account, client: ClientInfo): Promise<IssuedTokens | null> {
    const blocked =
      user.status === UserStatus.Banned
        ? new AccountBannedError()
        : user.pendingApproval
          ? new AwaitingApprovalError()
          : null;
    if (blocked) {
      await this.audit.record(loginOf(user, client, 'refused'));
      throw blocked;
    }
    const { sid, refreshToken, statements } = this.sessions.newSession(user.id, client);
    const writes = [
      ...statements,
      {
        sql: 'UPDATE users SET lastLoginAt = ?, lastLoginAddress = ? WHERE id = ?',
        values: [new Date(), client.address, user.id],
      },
      ...this.audit.statements(loginOf(user, client, 'done')),
    ];
    const outcome = await this.batches.transaction(async (tx) => {
      const [[current] = [], surplus = []] = await tx.send([
        { sql: LOCKED_ACCOUNT, values: [user.id] },
        this.sessions.surplus(user.id),
      ]);
      if (!isUnchanged(user, current)) return 'changed';
      if (surplus.length > 0) return 'surplus';
      await tx.commit(writes);
      return 'done';
    });
    if (outcome === 'changed') return null;
    if (outcome === 'surplus' && !(await this.replaceSessions(user, writes))) return null;
    // The time of the last sign-in, which the owner of the account sees.
    this.caches.announce(`user:${user.uid}`);
    return this.tokens.issuePair(user, sid, refreshToken);
  }

  /** The same where older sessions end for the new one: every node must know that they have. */
  private replaceSessions(user: Account, writes: readonly BoundStatement[]): Promise<boolean> {
    return this.caches.commit(async (tx, invalidate) => {
      const [current]: unknown[] = await tx.query(LOCKED_ACCOUNT, [user.id]);
      if (!isUnchanged(user, current)) return false;
      await this.sessions.endSurplus(tx, user.id);
      for (const { sql, values } of writes) await tx.query(sql, [...values]);
      invalidate(`user:${user.uid}`);
      return true;
    });
  }
}

/** What a sign-in looks at. */
type Account = TokenHolder &
  Pick<User, 'id' | 'name' | 'passwordHash' | 'status' | 'pendingApproval'>;

const LOCKED_ACCOUNT = 'SELECT passwordHash, status FROM users WHERE id = ? FOR UPDATE';

function isUnchanged(user: Account, current: unknown): boolean {
  const row = current as Pick<User, 'passwordHash' | 'status'> | undefined;
  return row?.passwordHash === user.passwordHash && row.status === user.status;
}

function loginOf(user: Account, { address }: ClientInfo, outcome: 'done' | 'refused'): AuditRecord {
  const target = { type: 'user', id: user.uid, name: user.name };
  return { action: 'session.login', outcome, actor: user, target, address };
}
