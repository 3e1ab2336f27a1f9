import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

export type SessionEndReason =
  | 'logout'
  | 'removed'
  | 'password-changed'
  | 'deregistered'
  | 'too-many-sessions'
  | 'refresh-token-reused';

/** One sign-in: a family of refresh tokens and the access tokens made from it. */
@Entity('auth_sessions')
@Index('auth_sessions_user', ['userId', 'endedAt'])
export class Session {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** Public id, a UUID; it is in the access token and in the list of sessions. */
  @Index('auth_sessions_sid', { unique: true })
  @Column(exactText(36))
  sid: string;

  @Column(idColumn)
  userId: number;

  @Column(timeColumn)
  createdAt: Date;

  @Column(timeColumn)
  lastUsedAt: Date;

  /** The end that no refresh can move. */
  @Index('auth_sessions_expires')
  @Column(timeColumn)
  expiresAt: Date;

  @Column({ ...timeColumn, nullable: true })
  endedAt: Date | null;

  @Column({ ...exactText(32), nullable: true })
  endReason: SessionEndReason | null;

  @Column(exactText(45))
  address: string;

  @Column({ type: 'varchar', length: 255, collation: 'utf8mb4_bin' })
  userAgent: string;
}
