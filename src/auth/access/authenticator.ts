import { Injectable } from '@nestjs/common';
import { UserStatus } from '../../accounts/user.entity';
import type { CurrentUser } from '../../http/access/current-user';
import { AccountBannedError } from '../auth.errors';
import { AuthSnapshots } from '../cache/auth-snapshots';
import { AccessTokens } from '../tokens/access-tokens';
import { TokenInvalidError } from '../tokens/token.errors';

/** Turns an access token into the user behind it, with the account's present role and status. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly snapshots: AuthSnapshots,
  ) {}

  /**
   * @throws TokenExpiredError, AccountBannedError, TokenInvalidError (also for an ended session and
   * a deregistered account), DatabaseUnavailableError when the account is not cached either
   */
  async authenticate(token: string): Promise<CurrentUser> {
    const { uid, sid, ver } = this.tokens.verify(token);
    const account = await this.snapshots.find(uid, sid);
    if (!account || account.status === UserStatus.Deregistered) throw new TokenInvalidError();
    const sessionEnd = account.sessions.get(sid) ?? 0;
    if (account.credentialVersion !== ver || sessionEnd <= Date.now())
      throw new TokenInvalidError();
    if (account.status === UserStatus.Banned) throw new AccountBannedError();
    const { userId, name, role, status } = account;
    return { uid, userId, name, role, status, sid };
  }
}
