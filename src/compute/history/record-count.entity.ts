import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { idColumn } from '../../platform/database/columns';

/** How many records a user has, changed in every transaction that adds or deletes some. */
@Entity('compute_record_counts')
export class ComputeRecordCount {
  @PrimaryColumn(idColumn)
  userId: number;

  @Column({ type: 'bigint' })
  total: string;

  /** When the total was last compared with the records. */
  @Index('compute_record_counts_checked')
  @Column({ type: 'datetime', precision: 6, default: () => "'2000-01-01 00:00:00.000000'" })
  checkedAt: Date;
}
