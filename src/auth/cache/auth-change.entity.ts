import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn } from '../../platform/database/columns';

/** Something kept in memory changed; written in the transaction that changed it. */
@Entity('auth_changes')
export class AuthChange {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** `user:<id>` or `addresses`. */
  @Column(exactText(64))
  topic: string;

  @Index('auth_changes_at')
  @Column({ type: 'datetime', precision: 6 })
  at: Date;
}
