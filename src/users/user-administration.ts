import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import type { CurrentUser } from '../http/access/current-user';
import { PasswordHasher } from '../auth/passwords/password-hasher';
import type { Session } from '../auth/sessions/session.entity';
import { SessionNotFoundError } from '../auth/sessions/session.errors';
import { SessionService } from '../auth/sessions/session.service';
import { CacheInvalidation } from '../auth/cache/cache-invalidation';
import { insertAccount } from './account-writer';
import { isActiveAdmin, refuseLastAdmin } from './last-admin';
import { User, type UserRole, UserStatus } from '../accounts/user.entity';
import { UserDirectory } from './user-directory';
import { UserExistsError, UserNotFoundError } from './user.errors';
import { parseUserName } from '../accounts/user-name';

/** The calling administrator and address. */
export interface AdminCall {
  readonly admin: CurrentUser;
  readonly address: string;
}

type Details = Record<string, string | number | boolean | null>;

/** A change of an account and its audit entry; null: nothing to change. */
type Change = { fields: Partial<User>; action: string; details?: Details } | null;

/** Changes accounts for administrators. Each change holds on every node when the call returns. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly caches: CacheInvalidation,
    private readonly directory: UserDirectory,
    private readonly sessions: SessionService,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditService,
  ) {}

  /** @throws UserExistsError when the name or a look-alike is taken */
  async add(call: AdminCall, userName: string, digest: string, role: UserRole): Promise<string> {
    const name = parseUserName(userName);
    if (!name) throw new Error('the name must be validated before');
    const passwordHash = await this.hasher.hash(digest);
    return this.caches.commit(async (tx) => {
      const account = { name, passwordHash, role };
      const { uid } = await insertAccount(tx, account, () => new UserExistsError());
      await this.record(call, tx, 'user.added', { uid, name: name.shown }, { role });
      return uid;
    });
  }

  /** @throws UserNotFoundError, PermissionDeniedError for the last active administrator */
  setStatus(call: AdminCall, uid: string, status: UserStatus): Promise<void> {
    return this.change(call, uid, async (tx, user) => {
      if (user.status === status) return null;
      await this.keepAnAdmin(tx, user, { status });
      if (status === UserStatus.Deregistered)
        await this.sessions.endAll(tx, user.id, 'deregistered');
      return {
        fields: { status },
        action: 'user.status-changed',
        details: { from: user.status, to: status },
      };
    });
  }

  /** @throws UserNotFoundError, PermissionDeniedError for the last active administrator */
  setRole(call: AdminCall, uid: string, role: UserRole): Promise<void> {
    return this.change(call, uid, async (tx, user) => {
      if (user.role === role) return null;
      await this.keepAnAdmin(tx, user, { role });
      return {
        fields: { role },
        action: 'user.role-changed',
        details: { from: user.role, to: role },
      };
    });
  }

  /** Approves an account created with an `approval` code. @throws UserNotFoundError */
  approve(call: AdminCall, uid: string): Promise<void> {
    return this.change(call, uid, (_tx, user) =>
      user.pendingApproval ? { fields: { pendingApproval: false }, action: 'user.approved' } : null,
    );
  }

  /** `quota` null: the default of the server. @throws UserNotFoundError */
  setQuota(call: AdminCall, uid: string, quota: number | null): Promise<void> {
    return this.change(call, uid, (_tx, user) =>
      user.computeQuota === quota
        ? null
        : {
            fields: { computeQuota: quota },
            action: 'user.quota-changed',
            details: { from: user.computeQuota, to: quota },
          },
    );
  }

  /** Sessions of the account that can still be refreshed, the latest used first. @throws UserNotFoundError */
  async listSessions(uid: string): Promise<Session[]> {
    return this.sessions.live((await this.directory.getByUid(uid)).id);
  }

  /** @throws UserNotFoundError, SessionNotFoundError for one that has ended or is not of this account */
  endSession(call: AdminCall, uid: string, sid: string): Promise<void> {
    return this.caches.commit(async (tx, invalidate) => {
      const user = await lockUser(tx, uid);
      if (!(await this.sessions.end(tx, user.id, sid, 'removed'))) throw new SessionNotFoundError();
      await this.record(call, tx, 'session.removed', user, { sid });
      invalidate(`user:${uid}`);
    });
  }

  private change(
    call: AdminCall,
    uid: string,
    decide: (tx: EntityManager, user: User) => Change | Promise<Change>,
  ): Promise<void> {
    return this.caches.commit(async (tx, invalidate) => {
      const user = await lockUser(tx, uid);
      const change = await decide(tx, user);
      if (!change) return;
      await tx.update(User, { id: user.id }, change.fields);
      await this.record(call, tx, change.action, user, change.details);
      invalidate(`user:${uid}`);
    });
  }

  /** Only a change that removes an active administrator needs to check the others. */
  private async keepAnAdmin(tx: EntityManager, user: User, change: Partial<User>): Promise<void> {
    if (isActiveAdmin(user) && !isActiveAdmin({ ...user, ...change }))
      await refuseLastAdmin(tx, user.id);
  }

  private record(
    { admin, address }: AdminCall,
    tx: EntityManager,
    action: string,
    user: { uid: string; name: string },
    details?: Details,
  ): Promise<void> {
    const target = { type: 'user', id: user.uid, name: user.name };
    return this.audit.record({ action, actor: admin, target, address, details }, tx);
  }
}

/** The account, locked until the transaction ends. @throws UserNotFoundError */
export async function lockUser(tx: EntityManager, uid: string): Promise<User> {
  const user = await tx.findOne(User, { where: { uid }, lock: { mode: 'pessimistic_write' } });
  if (!user) throw new UserNotFoundError();
  return user;
}
