import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** Which range a port is leased from, and what it is shown as. */
export type LeaseRole = 'main' | 'database' | 'other';

/** A host port that belongs to an installation until the app is gone. */
@Entity('app_port_leases')
@Index('app_port_leases_port', ['protocol', 'port'], { unique: true })
@Index('app_port_leases_key', ['installationId', 'leaseKey'], { unique: true })
export class PortLease {
  @PrimaryGeneratedColumn('increment', { type: 'bigint', unsigned: true })
  id: string;

  @Column(exactText(4))
  protocol: string;

  @Column({ type: 'smallint', unsigned: true })
  port: number;

  @Column(exactText(36))
  installationId: string;

  /** Which published port of the app it is: `service:containerPort/protocol`. */
  @Column(exactText(160))
  leaseKey: string;

  @Column(exactText(8))
  role: LeaseRole;

  @Column(timeColumn)
  createdAt: Date;
}
