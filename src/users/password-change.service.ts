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

/** How often the old password of an account that changes at the same time is verified. */
const MAX_VERIFICATIONS = 3;

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
   * (wrong old password), TokenInvalidError (the session has ended since the call began)
   */
  async change(caller: CurrentUser, change: PasswordChange, address: string): Promise<void> {
    const { uid, oldDigest, newDigest } = change;
    const own = uid === caller.uid;
    const admin = caller.role === UserRole.Admin;
    // Before the account is looked up: a caller without permission learns nothing about it.
    if (own ? oldDigest === null : !admin) throw new PermissionDeniedError();
    let passwordHash: string | undefined;
    for (let attempt = 1; attempt <= MAX_VERIFICATIONS; attempt += 1) {
      const user = await this.users.getByUid(uid);
      if (oldDigest !== null) await this.verify(caller, user, oldDigest, address);
      passwordHash ??= await this.hasher.hash(newDigest);
      if (await this.replace(caller, user, passwordHash, oldDigest !== null, address)) return;
    }
    if (own) await this.sessions.requireLive(caller.sid);
    throw new WrongCredentialsError();
  }

  /** False when the verified password is no longer the one in place. */
  private replace(
    caller: CurrentUser,
    user: User,
    passwordHash: string,
    verified: boolean,
    address: string,
  ): Promise<boolean> {
    return this.caches.commit(async (tx, invalidate) => {
      const inPlace = verified ? { passwordHash: user.passwordHash } : {};
      const { affected } = await tx.update(User, { id: user.id, ...inPlace }, { passwordHash });
      if (affected !== 1) return false;
      const own = user.uid === caller.uid;
      // A parallel change may have ended the caller's session after the guard saw it.
      if (own) await this.sessions.requireLive(caller.sid, tx);
      const keep = own ? caller.sid : '';
      const ended = await this.sessions.endAll(tx, user.id, 'password-changed', keep);
      invalidate(`user:${user.uid}`);
      await this.audit.record(
        {
          action: verified ? 'user.password-changed' : 'user.password-reset',
          actor: caller,
          target: { type: 'user', id: user.uid, name: user.name },
          address,
          details: { sessionsEnded: ended },
        },
        tx,
      );
      return true;
    });
  }

  /** Throttled, because a stolen access token must not allow guessing the password. */
  private async verify(
    caller: CurrentUser,
    user: User,
    digest: string,
    address: string,
  ): Promise<void> {
    const { correct } = await this.failures.attempt(user.nameKey, address, async () => {
      const correct = await this.hasher.verify(user.passwordHash, digest);
      // A parallel change that made the old password wrong has ended the session as well.
      if (!correct && user.uid === caller.uid) await this.sessions.requireLive(caller.sid);
      return { correct };
    });
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
