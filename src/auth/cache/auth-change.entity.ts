import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn } from '../../platform/database/columns';

/** A change of something cached, written in the transaction that made it. */
@Entity('auth_changes')
export class AuthChange {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** `user:<uid>` or `addresses`. */
  @Column(exactText(64))
  topic: string;

  @Index('auth_changes_at')
  @Column({ type: 'datetime', precision: 6 })
  at: Date;
}
