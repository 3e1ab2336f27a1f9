import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service';
import type { CurrentUser } from '../http/access/current-user';
import { PermissionDeniedError, WrongCredentialsError } from '../auth/auth.errors';
import { PasswordHasher } from '../auth/passwords/password-hasher';
import { SessionService } from '../auth/sessions/session.service';
import { CacheInvalidation } from '../auth/cache/cache-invalidation';
import { FailureThrottle } from '../auth/throttle/failure-throttle';
import { User, UserRole } from '../accounts/user.entity';
import { UserDirectory } from './user-directory';

export interface PasswordChange {
  readonly uid: string;
  /** Null: an administrator resets the password. */
  readonly oldDigest: string | null;
  readonly newDigest: string;
}

/** Changes the caller's own password or, for administrators, that of any account. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly caches: CacheInvalidation,
    private readonly users: UserDirectory,
    private readonly sessions: SessionService,
    private readonly hasher: PasswordHasher,
    private readonly failures: FailureThrottle,
    private readonly audit: AuditService,
  ) {}

  /**
   * Ends all sessions of the account but the caller's own.
   * @throws PermissionDeniedError, UserNotFoundError, TooManyAttemptsError, WrongCredentialsError
   * (wrong old password)
   */
  async change(caller: CurrentUser, change: PasswordChange, address: string): Promise<void> {
    const { uid, oldDigest, newDigest } = change;
    const own = uid === caller.uid;
    const admin = caller.role === UserRole.Admin;
    // Before the account is looked up: a caller without permission learns nothing about it.
    if (own ? oldDigest === null : !admin) throw new PermissionDeniedError();
    const user = await this.users.getByUid(uid);
    if (oldDigest !== null) await this.verify(user, oldDigest, address);
    const passwordHash = await this.hasher.hash(newDigest);

    await this.caches.commit(async (tx, invalidate) => {
      // The hash that was verified must still be the one in place.
      const { affected } = await tx.update(
        User,
        { id: user.id, passwordHash: user.passwordHash },
        { passwordHash },
      );
      if (affected !== 1) throw new WrongCredentialsError();
      const ended = await this.sessions.endAll(
        tx,
        user.id,
        'password-changed',
        own ? caller.sid : '',
      );
      invalidate(`user:${uid}`);
      await this.audit.record(
        {
          action: oldDigest === null ? 'user.password-reset' : 'user.password-changed',
          actor: caller,
          target: { type: 'user', id: uid, name: user.name },
          address,
          details: { sessionsEnded: ended },
        },
        tx,
      );
    });
  }

  /** Throttled, because a stolen access token must not allow guessing the password. */
  private async verify(user: User, digest: string, address: string): Promise<void> {
    const { correct } = await this.failures.attempt(user.nameKey, address, async () => ({
      correct: await this.hasher.verify(user.passwordHash, digest),
    }));
    if (correct) return;
    await this.audit.record({
      action: 'user.password-change-failed',
      outcome: 'refused',
      target: { type: 'user', id: user.uid, name: user.name },
      address,
    });
    throw new WrongCredentialsError();
  }
}
