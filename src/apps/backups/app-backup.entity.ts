import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

/** Where a backup stands. A worker has something to do in the first four. */
export type BackupState =
  'saving' | 'restoring' | 'verifying' | 'removing' | 'saved' | 'failed' | 'cancelled';

/** States in which a worker has something to do. */
export const BACKUP_WORK_STATES: readonly BackupState[] = [
  'saving',
  'restoring',
  'verifying',
  'removing',
];

/** How far the work is, as users see it; empty while nothing is done. */
export type BackupPhase =
  | ''
  | 'queued'
  | 'hooks'
  | 'stopping'
  | 'copying'
  | 'starting'
  | 'uploading'
  | 'downloading'
  | 'preparing'
  | 'replacing'
  | 'installing'
  | 'checking'
  | 'trying'
  | 'returning'
  | 'cleaning';

/** What a backup was made for. Retention removes none that a person requested. */
export type BackupOrigin = 'request' | 'schedule' | 'upgrade' | 'move';

/** One backup of one app, and whatever is being done with it now. */
@Entity('app_backups')
@Index('app_backups_app', ['appName', 'createdAt'])
@Index('app_backups_work', ['state', 'leaseUntil'])
export class AppBackup {
  @PrimaryColumn({ ...exactText(36), nullable: false })
  id: string;

  @Column(exactText(64))
  appName: string;

  /** Of a restore under another name: that of the installation that it becomes. */
  @Column({ ...exactText(64), nullable: true })
  restoreAs: string | null;

  /** Id of the node of the Swarm that works on it, and has the folder of its repository, where that is one; null on a single engine. */
  @Column({ ...exactText(64), nullable: true })
  home: string | null;

  /** The name of the app that is worked on while work is under way: at most one piece of work for each. */
  @Column({ ...exactText(64), nullable: true })
  @Index('app_backups_busy', { unique: true })
  busyApp: string | null;

  /** Name of the repository among the settings. */
  @Column(exactText(32))
  repository: string;

  @Column({ ...exactText(16), default: 'request' })
  origin: BackupOrigin;

  /** Retention does not remove it before: an upgrade may be taken back until then. */
  @Column({ ...timeColumn, nullable: true })
  keptUntil: Date | null;

  @Column(exactText(16))
  state: BackupState;

  @Column(exactText(16))
  phase: BackupPhase;

  @Column(idColumn)
  bytesDone: number;

  @Column(idColumn)
  bytesTotal: number;

  @Column({ type: 'int', unsigned: true, nullable: true })
  secondsLeft: number | null;

  /** This work has stopped the app, or run hooks in it: it has to be started again, or hooks have to follow. */
  @Column({ type: 'boolean' })
  halted: boolean;

  @Column({ type: 'boolean' })
  cancelRequested: boolean;

  /** Id of the snapshot in the repository; null until it is complete. */
  @Column({ ...exactText(64), nullable: true })
  snapshotId: string | null;

  /** JSON of a BackupManifest, without a secret. */
  @Column({ type: 'mediumtext', nullable: true })
  manifest: string | null;

  /** Bytes that the repository grew by. */
  @Column({ ...idColumn, nullable: true })
  addedBytes: number | null;

  /** How long the app did not run for it. */
  @Column({ type: 'int', unsigned: true, nullable: true })
  downtimeMs: number | null;

  /** Of a restore under way: what it replaced, encrypted. */
  @Column({ type: 'mediumblob', nullable: true })
  replaced: Buffer | null;

  /** JSON of TrialNames: what is made to try the app; null once all of it is removed. */
  @Column({ type: 'mediumtext', nullable: true })
  trial: string | null;

  /** JSON of a BackupFailure: why the last work on it failed. */
  @Column({ type: 'mediumtext', nullable: true })
  failure: string | null;

  @Column({ ...timeColumn, nullable: true })
  verifiedAt: Date | null;

  /** JSON of a TrialOutcome: whether the app came up from it, apart from everything else. */
  @Column({ type: 'mediumtext', nullable: true })
  started: string | null;

  @Column({ ...timeColumn, nullable: true })
  restoredAt: Date | null;

  /** Token of the run that holds the lease; the next column says until when. */
  @Column({ ...exactText(36), nullable: true })
  runToken: string | null;

  @Column({ ...timeColumn, nullable: true })
  leaseUntil: Date | null;

  /** Number of runs of the present work. */
  @Column({ type: 'int', unsigned: true })
  attempts: number;

  /** Public id of the user that requested the present work. */
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
