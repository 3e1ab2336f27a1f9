import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../platform/database/columns';

/** What an account may do, as documented: 0 ordinary user, 1 administrator. */
export const UserRole = { User: 0, Admin: 1 } as const;
export type UserRole = (typeof UserRole)[keyof typeof UserRole];

/**
 * The documented states of an account: 0 normal, 1 banned (cannot sign in), 2 deregistered (answers
 * as an unknown account), 3 banned from computing only.
 */
export const UserStatus = { Normal: 0, Banned: 1, Deregistered: 2, ComputeBanned: 3 } as const;
export type UserStatus = (typeof UserStatus)[keyof typeof UserStatus];

/** An account. Names are compared by `nameKey` and `nameSkeleton`, see `user-name.ts`. */
@Entity('users')
@Index('users_role', ['role', 'status'])
export class User {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('users_uid', { unique: true })
  @Column(exactText(36))
  uid: string;

  @Column({ type: 'varchar', length: 128, collation: 'utf8mb4_bin' })
  name: string;

  @Index('users_name_key', { unique: true })
  @Column({ type: 'varchar', length: 255, collation: 'utf8mb4_bin' })
  nameKey: string;

  @Index('users_name_skeleton', { unique: true })
  @Column({ type: 'varchar', length: 255, collation: 'utf8mb4_bin' })
  nameSkeleton: string;

  @Column(exactText(255))
  passwordHash: string;

  @Column({ type: 'tinyint', unsigned: true, default: UserRole.User })
  role: UserRole;

  @Column({ type: 'tinyint', unsigned: true, default: UserStatus.Normal })
  status: UserStatus;

  /** Set until an administrator approves an account made with an `approval` invite code. */
  @Column({ type: 'boolean', default: false })
  pendingApproval: boolean;

  /** Raised when an administrator resets the account; access tokens of an older version are void. */
  @Column({ type: 'int', unsigned: true, default: 1 })
  credentialVersion: number;

  /** Compute tasks a UTC day; null means the configured default. */
  @Column({ type: 'int', unsigned: true, nullable: true })
  computeQuota: number | null;

  @Column(timeColumn)
  createdAt: Date;

  @Column({ ...timeColumn, nullable: true })
  lastLoginAt: Date | null;

  @Column({ ...exactText(45), nullable: true })
  lastLoginAddress: string | null;
}

/** An account without what nobody is shown: internal keys and the hash. */
export type AccountFacts = Readonly<Omit<User, 'id' | 'nameKey' | 'nameSkeleton' | 'passwordHash'>>;
