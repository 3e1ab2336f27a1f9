import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../platform/database/columns';
import { UserRole } from './user-role';
import { UserStatus } from './user-status';

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
