import type { CallOptions, QueryOf, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { passwordDigest } from '../session/password-digest.js';

/** Other people's accounts. For administrators. */
export class UsersApi {
  constructor(private readonly caller: Caller) {}

  list(
    query: QueryOf<'listUsers'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'UserPageDto'>> {
    return this.caller.call('listUsers', { query, ...options });
  }

  get(uid: string, options: CallOptions = {}): Promise<Schema<'UserDto'>> {
    return this.caller.call('getUser', { path: { uid }, ...options });
  }

  /** The user of this name, whatever its case; null where there is none. */
  async find(userName: string, options: CallOptions = {}): Promise<Schema<'UserDto'> | null> {
    const wanted = userName.toLowerCase();
    for (let page = 1; ; page++) {
      const { items, total } = await this.list({ search: userName, page, limit: 100 }, options);
      const found = items.find((user) => user.user_name.toLowerCase() === wanted);
      if (found || items.length === 0 || page * 100 >= total) return found ?? null;
    }
  }

  /** @throws AlreadyExists */
  async add(
    userName: string,
    password: string,
    role: Schema<'UserRole'> = 0,
    options: CallOptions = {},
  ): Promise<Schema<'AddedUserDto'>> {
    const body = { user_name: userName, password: await passwordDigest(password), role };
    return this.caller.call('addUser', { body, ...options });
  }

  async approve(uid: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('approveUser', { path: { uid }, ...options });
  }

  /** 0 normal, 1 banned, 2 deregistered, 3 banned from computing. Holds from the user's next call on. */
  async setStatus(
    uid: string,
    status: Schema<'UserStatus'>,
    options: CallOptions = {},
  ): Promise<void> {
    await this.caller.call('modifyStatus', { path: { uid }, query: { status }, ...options });
  }

  /** 0 user, 1 administrator. */
  async setRole(uid: string, role: Schema<'UserRole'>, options: CallOptions = {}): Promise<void> {
    await this.caller.call('modifyRole', { path: { uid }, query: { role }, ...options });
  }

  /** Computations a day; null: the server's default. */
  async setQuota(uid: string, quota: number | null, options: CallOptions = {}): Promise<void> {
    const query = quota === null ? {} : { quota };
    await this.caller.call('modifyQuota', { path: { uid }, query, ...options });
  }

  /** The sessions of a user, the latest used first. */
  sessions(uid: string, options: CallOptions = {}): Promise<Schema<'SessionDto'>[]> {
    return this.caller.call('listUserSessions', { path: { uid }, ...options });
  }

  /** Signs a user out of one device. @throws NotFound */
  async endSession(uid: string, sid: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('endUserSession', { path: { uid, sid }, ...options });
  }

  async setPassword(uid: string, password: string, options: CallOptions = {}): Promise<void> {
    const body = { new_password: await passwordDigest(password) };
    await this.caller.call('modifyPassword', { path: { uid }, body, ...options });
  }
}

/** Invite codes. For administrators. */
export class InviteCodesApi {
  constructor(private readonly caller: Caller) {}

  /** @throws TooManyInviteCodes */
  issue(query: QueryOf<'issueInviteCodes'> = {}, options: CallOptions = {}): Promise<string[]> {
    return this.caller.call('issueInviteCodes', { query, ...options });
  }

  list(
    query: QueryOf<'listInviteCodes'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'InviteCodePageDto'>> {
    return this.caller.call('listInviteCodes', { query, ...options });
  }

  async revoke(code: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('revokeInviteCode', { path: { code }, ...options });
  }
}

/** Banned addresses. For administrators. */
export class AddressBansApi {
  constructor(private readonly caller: Caller) {}

  list(
    query: QueryOf<'listAddressBans'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'AddressBanPageDto'>> {
    return this.caller.call('listAddressBans', { query, ...options });
  }

  add(body: Schema<'BanAddressDto'>, options: CallOptions = {}): Promise<Schema<'AddressBanDto'>> {
    return this.caller.call('banAddress', { body, ...options });
  }

  async lift(id: number, options: CallOptions = {}): Promise<void> {
    await this.caller.call('liftAddressBan', { path: { id }, ...options });
  }
}

/** Who did what to whom. For administrators. */
export class AuditApi {
  constructor(private readonly caller: Caller) {}

  list(
    query: QueryOf<'listAudit'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'AuditPageDto'>> {
    return this.caller.call('listAudit', { query, ...options });
  }
}
