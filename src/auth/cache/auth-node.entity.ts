import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText } from '../../platform/database/columns';

/**
 * A process that keeps auth snapshots in memory, and until when it may. Times are the database's,
 * so that the clocks of the nodes need not agree.
 */
@Entity('auth_nodes')
export class AuthNode {
  @PrimaryColumn(exactText(36))
  nodeId: string;

  @Column({ type: 'datetime', precision: 6 })
  leaseUntil: Date;

  /** Every change committed before this time is known to the node. */
  @Column({ type: 'datetime', precision: 6 })
  syncedAt: Date;
}
