import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../platform/database/columns';

/**
 * The one row (id 1) about this system as a whole. The first account to claim it in a conditional
 * UPDATE is the administrator; a count of users could not decide that without a race.
 */
@Entity('system_state')
export class SystemState {
  @PrimaryColumn({ type: 'tinyint', unsigned: true })
  id: number;

  @Column({ ...timeColumn, nullable: true })
  firstAdminAt: Date | null;

  /** Makes the set-up token of this database another than that of any before it; new once one was used. */
  @Column(exactText(32))
  setupSalt: string;

  /** Id of the Docker Engine that holds the apps of this database; null until one was reached. */
  @Column({ ...exactText(80), nullable: true })
  engineId: string | null;

  /** Tells the password pepper from another one and reveals nothing else about it. */
  @Column({ ...exactText(16), nullable: true })
  pepperFingerprint: string | null;

  /** The same for the key that signs access tokens. */
  @Column({ ...exactText(16), nullable: true })
  tokenKeyFingerprint: string | null;

  /** The same for the key that encrypts passwords of apps; written in a Swarm. */
  @Column({ ...exactText(16), nullable: true })
  appKeyFingerprint: string | null;
}
