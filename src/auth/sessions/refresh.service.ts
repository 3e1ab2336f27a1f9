import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { User, UserStatus } from '../../accounts/user.entity';
import { AccountBannedError } from '../auth.errors';
import { AddressBanService } from '../addresses/address-ban.service';
import { CacheInvalidation, type Invalidate } from '../cache/cache-invalidation';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessTokens, type IssuedTokens } from '../tokens/access-tokens';
import { RefreshTokenExpiredError, TokenInvalidError } from '../tokens/token.errors';
import { refreshTokenHash, successorOf, type NewRefreshToken } from '../tokens/refresh-token';
import { RefreshToken } from './refresh-token.entity';
import { Session } from './session.entity';
import { SessionService } from './session.service';

/**
 * Time in which a spent refresh token may be used again: two tabs that refresh at once, or a lost
 * answer. It gets the same successor, so a session has one live token. Afterwards a second use
 * means that two parties hold it.
 */
export const REUSE_GRACE_MS = 10_000;

type Outcome =
  | { kind: 'renewed'; user: User; sid: string; refreshToken: string }
  | { kind: 'invalid' | 'expired' | 'banned' | 'reused' };

/** Exchanges a refresh token for a new pair; each is valid for one use. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly caches: CacheInvalidation,
    private readonly sessions: SessionService,
    private readonly tokens: AccessTokens,
    private readonly throttle: RequestThrottle,
    private readonly addressBans: AddressBanService,
    private readonly audit: AuditService,
  ) {}

  /**
   * @throws TokenInvalidError (40002: unknown, of an ended session, or used again after the grace,
   * which also ends the session), RefreshTokenExpiredError (40001), AccountBannedError
   */
  async refresh(token: string, address: string): Promise<IssuedTokens> {
    await this.addressBans.refuseBanned(address);
    await this.throttle.refresh(address);
    const hash = refreshTokenHash(token);
    if (hash === null) throw new TokenInvalidError();
    const successor = successorOf(token, this.tokens.secret);
    const outcome = await this.caches.commit((tx, invalidate) =>
      this.exchange(tx, invalidate, hash, successor, address),
    );
    switch (outcome.kind) {
      case 'renewed':
        return this.tokens.issuePair(outcome.user, outcome.sid, outcome.refreshToken);
      case 'banned':
        throw new AccountBannedError();
      case 'expired':
        throw new RefreshTokenExpiredError();
      case 'invalid':
      case 'reused':
        throw new TokenInvalidError();
    }
  }

  /** Returns an outcome instead of throwing: ending a family must be committed although the call fails. */
  private async exchange(
    tx: EntityManager,
    invalidate: Invalidate,
    hash: string,
    successor: NewRefreshToken,
    address: string,
  ): Promise<Outcome> {
    const found = await tx.findOneBy(RefreshToken, { hash });
    if (!found) return { kind: 'invalid' };
    // The lock serializes all uses of one family; the token is read again under it.
    const session = await tx.findOne(Session, {
      where: { id: found.sessionId },
      lock: { mode: 'pessimistic_write' },
    });
    const token = await tx.findOneBy(RefreshToken, { id: found.id });
    if (!session || !token || session.endedAt) return { kind: 'invalid' };
    const user = await tx.findOneBy(User, { id: session.userId });
    if (!user || user.status === UserStatus.Deregistered) return { kind: 'invalid' };
    if (user.status === UserStatus.Banned) return { kind: 'banned' };

    const now = new Date();
    if (token.spentAt && +now - +token.spentAt > REUSE_GRACE_MS) {
      await this.sessions.end(tx, user.id, session.sid, 'refresh-token-reused');
      invalidate(`user:${user.uid}`);
      await this.audit.record(
        {
          action: 'session.reuse-detected',
          outcome: 'refused',
          target: { type: 'user', id: user.uid, name: user.name },
          address,
          details: { sid: session.sid },
        },
        tx,
      );
      return { kind: 'reused' };
    }
    if (token.expiresAt <= now || session.expiresAt <= now) return { kind: 'expired' };
    if (token.spentAt) {
      // Missing when the key has changed since.
      if (!(await tx.existsBy(RefreshToken, { hash: successor.hash }))) return { kind: 'invalid' };
    } else {
      await tx.update(RefreshToken, { id: token.id }, { spentAt: now });
      await this.sessions.addRefreshToken(tx, session.id, successor.hash, now);
    }
    await tx.update(Session, { id: session.id }, { lastUsedAt: now });
    return { kind: 'renewed', user, sid: session.sid, refreshToken: successor.token };
  }
}
