import type { UserRole } from '../../accounts/user-role';
import type { UserStatus } from '../../accounts/user-status';

/** What the guard needs to know about an account, as it was when it was read. */
export interface AuthSnapshot {
  readonly userId: number;
  readonly uid: string;
  readonly name: string;
  readonly role: UserRole;
  readonly status: UserStatus;
  readonly credentialVersion: number;
  /** Sessions that have not been ended, with their latest end in milliseconds since the epoch. */
  readonly sessions: ReadonlyMap<string, number>;
  /** Sessions that were asked for and are over; they cannot come back. */
  readonly overSessions: Set<string>;
}
