import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText } from '../../platform/database/columns';

/**
 * A process with cached accounts, and until when it may use them. Times are the database's,
 * so that the clocks of the nodes need not agree.
 */
@Entity('auth_nodes')
export class AuthNode {
  @PrimaryColumn(exactText(36))
  nodeId: string;

  @Column({ type: 'datetime', precision: 6 })
  leaseUntil: Date;

  /** The node has read every change committed before this time. */
  @Column({ type: 'datetime', precision: 6 })
  syncedAt: Date;
}
