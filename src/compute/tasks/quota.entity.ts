import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn } from '../../platform/database/columns';

/** Units a user has used on a UTC day. The row is the lock that makes the quota exact. */
@Entity('compute_quotas')
export class ComputeQuota {
  @PrimaryColumn(idColumn)
  userId: number;

  @PrimaryColumn({ type: 'date' })
  day: string;

  @Column({ type: 'int', unsigned: true, default: 0 })
  used: number;
}
