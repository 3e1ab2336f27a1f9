import type { UserRole } from '../../accounts/user-role';

/** What signing in or refreshing gives. */
export interface IssuedTokens {
  readonly uid: string;
  readonly role: UserRole;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** End of the access token, milliseconds since the epoch. */
  readonly expiresAt: number;
}
