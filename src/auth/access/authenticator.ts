import { Injectable } from '@nestjs/common';
import { UserStatus } from '../../accounts/user-status';
import { AccountBannedError } from '../errors/auth.errors';
import { AuthSnapshots } from '../cache/auth-snapshots';
import { AccessTokens } from '../tokens/access-token';
import { TokenInvalidError } from '../tokens/token.errors';
import type { CurrentUser } from '../../http/access/current-user';

/** Turns an access token into the user behind it, as the account is at this moment. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly snapshots: AuthSnapshots,
  ) {}

  /**
   * Throws TokenExpiredError, TokenInvalidError (also for an ended session and a deregistered
   * account) or AccountBannedError; fails when neither memory nor the database can be asked.
   */
  async authenticate(token: string): Promise<CurrentUser> {
    const { uid, sid, ver } = this.tokens.verify(token);
    const account = await this.snapshots.find(uid, sid);
    if (!account || account.status === UserStatus.Deregistered) throw new TokenInvalidError();
    const sessionEnd = account.sessions.get(sid) ?? 0;
    if (account.credentialVersion !== ver || sessionEnd <= Date.now()) {
      throw new TokenInvalidError();
    }
    if (account.status === UserStatus.Banned) throw new AccountBannedError();
    const { userId, name, role, status } = account;
    return { uid, userId, name, role, status, sid };
  }
}
