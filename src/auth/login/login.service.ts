import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { User } from '../../accounts/user.entity';
import { parseUserName } from '../../accounts/user-name';
import { UserStatus } from '../../accounts/user-status';
import { AddressBanService } from '../addresses/address-ban.service';
import {
  AccountBannedError,
  AwaitingApprovalError,
  WrongCredentialsError,
} from '../errors/auth.errors';
import { PasswordHasher } from '../passwords/password-hasher';
import type { IssuedTokens } from '../sessions/issued-tokens';
import { SessionService, type ClientInfo } from '../sessions/session.service';
import { CacheInvalidation } from '../cache/cache-invalidation';
import { FailureThrottle } from '../throttle/failure-throttle';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessTokens } from '../tokens/access-token';

/** Signs people in. Only a correct password learns about a ban or a pending approval. */
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

  onModuleInit(): Promise<void> {
    return this.hasher.warmUp();
  }

  /**
   * Throws AddressBannedError, TooManyAttemptsError, WrongCredentialsError, AccountBannedError or
   * AwaitingApprovalError. `digest` is the client's double SHA-256 in lower case.
   */
  async login(userName: string, digest: string, client: ClientInfo): Promise<IssuedTokens> {
    await this.addressBans.refuseBanned(client.address);
    await this.throttle.login(client.address);
    const nameKey = parseUserName(userName)?.key ?? '';
    await this.failures.check(nameKey, client.address);

    const user = await this.dataSource.manager.findOneBy(User, { nameKey });
    const known = user !== null && user.status !== UserStatus.Deregistered;
    const correct = known
      ? await this.hasher.verify(user.passwordHash, digest)
      : await this.hasher.verifyNothing(digest);
    if (!known || !correct) return this.refuse(known ? user : null, nameKey, client);
    await this.failures.succeeded(nameKey, client.address);
    return this.signIn(user, client);
  }

  /** The same work for an unknown name as for a wrong password, so that the time tells nothing. */
  private async refuse(user: User | null, nameKey: string, client: ClientInfo): Promise<never> {
    await this.failures.failed(nameKey, client.address);
    // What was typed as an unknown name is not kept: it may be a password in the wrong field.
    await this.audit.record({
      action: 'session.login-failed',
      outcome: 'refused',
      target: { type: 'user', id: user?.uid ?? 'unknown', name: user?.name },
      address: client.address,
    });
    throw new WrongCredentialsError();
  }

  private async signIn(user: User, client: ClientInfo): Promise<IssuedTokens> {
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
    const { sid, refreshToken } = await this.caches.commit(async (tx, invalidate) => {
      const current = await tx.findOne(User, {
        where: { id: user.id },
        lock: { mode: 'pessimistic_write' },
      });
      // The password may have been changed between its verification and here.
      if (current?.passwordHash !== user.passwordHash) throw new WrongCredentialsError();
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
    const { token, expiresAt } = this.tokens.issue({
      uid: user.uid,
      sid,
      ver: user.credentialVersion,
    });
    return { uid: user.uid, role: user.role, accessToken: token, refreshToken, expiresAt };
  }

  private recordLogin(
    user: User,
    client: ClientInfo,
    outcome: 'done' | 'refused',
    tx: EntityManager,
  ): Promise<void> {
    return this.audit.record(
      {
        action: 'session.login',
        outcome,
        actor: user,
        target: { type: 'user', id: user.uid, name: user.name },
        address: client.address,
      },
      tx,
    );
  }
}
