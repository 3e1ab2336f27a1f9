import { Column, Entity, PrimaryColumn } from 'typeorm';
import { timeColumn } from '../platform/database/columns';

/**
 * The one row (id 1) about this installation as a whole. The first account to claim it in a
 * conditional UPDATE is the administrator; a count of users could not decide that without a race.
 */
@Entity('installation')
export class Installation {
  @PrimaryColumn({ type: 'tinyint', unsigned: true })
  id: number;

  @Column({ ...timeColumn, nullable: true })
  firstAdminAt: Date | null;
}
