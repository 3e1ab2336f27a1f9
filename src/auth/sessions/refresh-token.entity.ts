import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

/** A refresh token by its hash; the token itself is not stored. */
@Entity('refresh_tokens')
export class RefreshToken {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('refresh_tokens_session')
  @Column(idColumn)
  sessionId: number;

  @Index('refresh_tokens_hash', { unique: true })
  @Column(exactText(64))
  hash: string;

  @Column(timeColumn)
  createdAt: Date;

  /** Not valid after this time. */
  @Column(timeColumn)
  expiresAt: Date;

  /** When it was exchanged; a second use later means that two parties hold it. */
  @Column({ ...timeColumn, nullable: true })
  spentAt: Date | null;
}
