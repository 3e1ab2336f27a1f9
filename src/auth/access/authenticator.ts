import { Injectable } from '@nestjs/common';
import { UserStatus } from '../../accounts/user.entity';
import type { CurrentUser } from '../../http/access/current-user';
import { AccountBannedError } from '../auth.errors';
import { AuthSnapshots, type AuthSnapshot } from '../cache/auth-snapshots';
import { AccessTokens, type AccessClaims } from '../tokens/access-tokens';
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
    const claims = this.tokens.verify(token);
    const account = await this.snapshots.find(claims.uid, claims.sid);
    if (!account || !isCurrent(account, claims)) throw new TokenInvalidError();
    if (account.status === UserStatus.Banned) throw new AccountBannedError();
    return currentUser(account, claims);
  }

  /**
   * The same without waiting, for the usual case that token and account are in the cache and the
   * cache may be used. Null: `authenticate` has to decide.
   */
  authenticateNow(token: string): CurrentUser | null {
    const claims = this.tokens.findVerified(token);
    const account = claims && this.snapshots.findNow(claims.uid);
    if (!account || !isCurrent(account, claims) || account.status === UserStatus.Banned)
      return null;
    return currentUser(account, claims);
  }
}

function isCurrent(account: AuthSnapshot, { sid, ver }: AccessClaims): boolean {
  return (
    account.status !== UserStatus.Deregistered &&
    account.credentialVersion === ver &&
    (account.sessions.get(sid) ?? 0) > Date.now()
  );
}

function currentUser(account: AuthSnapshot, { sid }: AccessClaims): CurrentUser {
  const { uid, userId, name, role, status } = account;
  return { uid, userId, name, role, status, sid };
}
