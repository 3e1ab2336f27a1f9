import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { CacheInvalidation } from '../cache/cache-invalidation';
import { TokenInvalidError } from '../tokens/token.errors';
import type { Session, SessionEndReason } from './session.entity';
import { SessionNotFoundError } from './session.errors';
import { SessionService } from './session.service';

/** The caller's own sessions. */
@Injectable()
export class OwnSessionsService {
  constructor(
    private readonly caches: CacheInvalidation,
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
  ) {}

  list(user: CurrentUser): Promise<Session[]> {
    return this.sessions.live(user.userId);
  }

  /** @throws TokenInvalidError for a session that another call ended meanwhile */
  async logout(user: CurrentUser, address: string): Promise<void> {
    if (!(await this.end(user, user.sid, 'logout', address))) throw new TokenInvalidError();
  }

  /** @throws SessionNotFoundError for an ended, unknown or foreign session */
  async remove(user: CurrentUser, sid: string, address: string): Promise<void> {
    if (!(await this.end(user, sid, 'removed', address))) throw new SessionNotFoundError();
  }

  private end(
    user: CurrentUser,
    sid: string,
    reason: SessionEndReason,
    address: string,
  ): Promise<boolean> {
    return this.caches.commit(async (tx, invalidate) => {
      if (!(await this.sessions.end(tx, user.userId, sid, reason))) return false;
      invalidate(`user:${user.uid}`);
      await this.audit.record(
        {
          action: reason === 'logout' ? 'session.logout' : 'session.removed',
          actor: user,
          target: { type: 'user', id: user.uid, name: user.name },
          address,
          details: { sid },
        },
        tx,
      );
      return true;
    });
  }
}
