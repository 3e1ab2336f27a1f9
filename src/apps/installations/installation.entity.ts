import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';
import type { InstallationPhase, InstallationState } from './installation-state';

/**
 * One installation of one app, from the request to its removal; the row is the truth that queue,
 * worker and sweeper follow. Finished rows stay as history.
 */
@Entity('app_installations')
@Index('app_installations_app', ['appName', 'createdAt'])
@Index('app_installations_work', ['state', 'leaseUntil'])
export class AppInstallation {
  @PrimaryColumn({ ...exactText(36), nullable: false })
  id: string;

  /** The installation's own name: that of the app in the catalog, with the instance behind it where there is one. */
  @Column(exactText(64))
  appName: string;

  /** Which installation of the app beside the first one; null: the first, which is called like the app. */
  @Column({ ...exactText(32), nullable: true })
  instance: string | null;

  /** The store it came from, with which an upgrade stays; null for installations older than stores had names. */
  @Column({ ...exactText(64), nullable: true })
  store: string | null;

  /** Id of the one node of a Swarm that it was asked to run on; null: any that can. */
  @Column({ ...exactText(64), nullable: true })
  node: string | null;

  /** Id of the node of the Swarm that holds its data and on which all work on it is done; null on a single engine. */
  @Column({ ...exactText(64), nullable: true })
  home: string | null;

  /** The installation's name while this installation counts, null once it is over: at most one counts. */
  @Column({ ...exactText(64), nullable: true })
  @Index('app_installations_active', { unique: true })
  activeApp: string | null;

  @Column(exactText(16))
  state: InstallationState;

  @Column(exactText(16))
  phase: InstallationPhase;

  /** Percent, 0 to 100. */
  @Column({ type: 'smallint', unsigned: true })
  progress: number;

  /** JSON of a Bilingual: what is being done now. */
  @Column({ type: 'varchar', length: 1000 })
  step: string;

  /** Stopped on request; a stopped container is then no failure. */
  @Column({ type: 'boolean' })
  stopped: boolean;

  @Column({ type: 'boolean' })
  cancelRequested: boolean;

  /** Of a removal: named volumes and the app's folder go too. */
  @Column({ type: 'boolean' })
  removeData: boolean;

  /** The app's folder was made by this installation, so undoing it may remove it. */
  @Column({ type: 'boolean' })
  folderIsNew: boolean;

  /** JSON of an InstallFailure, null while nothing has failed. */
  @Column({ type: 'mediumtext', nullable: true })
  failure: string | null;

  /** JSON of an AppManifest: what the app consists of, without a secret. */
  @Column({ type: 'mediumtext', nullable: true })
  manifest: string | null;

  /** All values of the template's variables, encrypted. */
  @Column({ type: 'mediumblob' })
  variables: Buffer;

  /** Of an upgrade under way: the new variables, encrypted. */
  @Column({ type: 'mediumblob', nullable: true })
  pending: Buffer | null;

  /** Of an upgrade under way: JSON of the PreviousVersion that it came from. */
  @Column({ type: 'mediumtext', nullable: true })
  previous: string | null;

  /** Mark of the update that a window last began by itself; written in the same statement as the state. */
  @Column({ ...exactText(64), nullable: true })
  windowMark: string | null;

  /** Digest of the template it was installed from. */
  @Column(exactText(64))
  templateDigest: string;

  @Column({ type: 'varchar', length: 200, nullable: true })
  version: string | null;

  /** Token of the run that holds the lease; the next column says until when. */
  @Column({ ...exactText(36), nullable: true })
  runToken: string | null;

  @Column({ ...timeColumn, nullable: true })
  leaseUntil: Date | null;

  /** Number of runs in its present state. */
  @Column({ type: 'int', unsigned: true })
  attempts: number;

  @Column({ ...exactText(200), nullable: true })
  @Index('app_installations_idempotency', { unique: true })
  idempotencyKey: string | null;

  /** Public id of the user that requested it. */
  @Column({ ...exactText(36), nullable: true })
  requestedBy: string | null;

  /** Of the request that last gave it something to do, for the log. */
  @Column({ ...exactText(64), nullable: true })
  requestId: string | null;

  @Column(timeColumn)
  createdAt: Date;

  @Column(timeColumn)
  updatedAt: Date;
}
