import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

/** A refresh token by its hash; the token itself is nowhere. */
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

  /** Not good after this, when unused until then. */
  @Column(timeColumn)
  expiresAt: Date;

  /** When it was exchanged; a later second use means that two parties hold it. */
  @Column({ ...timeColumn, nullable: true })
  spentAt: Date | null;
}
