import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

/** An address or block that may neither sign in nor compute. */
@Entity('banned_addresses')
export class BannedAddress {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** Canonical text of the address or CIDR block. */
  @Index('banned_addresses_network', { unique: true })
  @Column(exactText(49))
  network: string;

  @Column({ type: 'varchar', length: 200, default: '' })
  reason: string;

  @Column({ ...timeColumn, nullable: true })
  endsAt: Date | null;

  @Column(idColumn)
  createdBy: number;

  @Column(timeColumn)
  createdAt: Date;
}
