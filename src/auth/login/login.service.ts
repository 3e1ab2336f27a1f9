import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { parseUserName } from '../../accounts/user-name';
import { User, UserStatus } from '../../accounts/user.entity';
import { AuditService } from '../../audit/audit.service';
import { AddressBanService } from '../addresses/address-ban.service';
import { AccountBannedError, AwaitingApprovalError, WrongCredentialsError } from '../auth.errors';
import { CacheInvalidation } from '../cache/cache-invalidation';
import { PasswordHasher } from '../passwords/password-hasher';
import { SessionService, type ClientInfo } from '../sessions/session.service';
import { FailureThrottle } from '../throttle/failure-throttle';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessTokens, type IssuedTokens } from '../tokens/access-tokens';

/** How often a login verifies the password of an account that changes at the same time. */
const MAX_VERIFICATIONS = 3;

/** Signs users in. A ban or a pending approval is revealed only to a correct password. */
@Injectable()
export class LoginService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
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
  ): Promise<{ user: User | null; correct: boolean }> {
    const user = await this.dataSource.manager.findOneBy(User, { nameKey });
    return user && user.status !== UserStatus.Deregistered
      ? { user, correct: await this.hasher.verify(user.passwordHash, digest) }
      : { user: null, correct: await this.hasher.verifyNothing(digest) };
  }

  private async refuse(user: User | null, client: ClientInfo): Promise<never> {
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
  private async signIn(user: User, client: ClientInfo): Promise<IssuedTokens | null> {
    const blocked =
      user.status === UserStatus.Banned
        ? new AccountBannedError()
        : user.pendingApproval
          ? new AwaitingApprovalError()
          : null;
    if (blocked) {
      await this.recordLogin(user, client, 'refused', this.dataSource.manager);
      throw blocked;
    }
    const session = await this.caches.commit(async (tx, invalidate) => {
      const current = await tx.findOne(User, {
        where: { id: user.id },
        lock: { mode: 'pessimistic_write' },
      });
      if (current?.passwordHash !== user.passwordHash || current.status !== user.status)
        return null;
      const opened = await this.sessions.open(tx, user.id, client);
      await tx.update(
        User,
        { id: user.id },
        { lastLoginAt: new Date(), lastLoginAddress: client.address },
      );
      await this.recordLogin(user, client, 'done', tx);
      if (opened.ended) invalidate(`user:${user.uid}`);
      return opened;
    });
    // The time of the last sign-in, which the owner of the account sees.
    if (session) this.caches.announce(`user:${user.uid}`);
    return session && this.tokens.issuePair(user, session.sid, session.refreshToken);
  }

  private recordLogin(
    user: User,
    { address }: ClientInfo,
    outcome: 'done' | 'refused',
    tx: EntityManager,
  ): Promise<void> {
    const target = { type: 'user', id: user.uid, name: user.name };
    return this.audit.record(
      { action: 'session.login', outcome, actor: user, target, address },
      tx,
    );
  }
}
