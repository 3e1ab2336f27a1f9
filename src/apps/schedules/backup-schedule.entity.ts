import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** The row that holds for apps without a schedule of their own; no app has this name. */
export const DEFAULT_SCHEDULE = '*';

/** When an app is saved by itself, and which of these backups stay. */
@Entity('backup_schedules')
export class BackupSchedule {
  /** An app, or `*`. */
  @PrimaryColumn({ ...exactText(64), nullable: false })
  appName: string;

  /** Null: never, whatever the default says. */
  @Column({ ...exactText(100), nullable: true })
  cron: string | null;

  @Column(exactText(64))
  timeZone: string;

  /** Null: the first one of the settings. */
  @Column({ ...exactText(32), nullable: true })
  repository: string | null;

  /** How many stay, as `restic forget --keep-last` and so on have it; all of them 0: all stay. */
  @Column({ type: 'int', unsigned: true })
  keepLast: number;

  @Column({ type: 'int', unsigned: true })
  keepDaily: number;

  @Column({ type: 'int', unsigned: true })
  keepWeekly: number;

  @Column({ type: 'int', unsigned: true })
  keepMonthly: number;

  /** Verify the newest backup once a week. */
  @Column({ type: 'boolean' })
  verify: boolean;

  @Column(timeColumn)
  updatedAt: Date;
}

/** When it is next the turn of an app, and how the last turn went. */
@Entity('backup_turns')
export class BackupTurn {
  @PrimaryColumn({ ...exactText(64), nullable: false })
  appName: string;

  /** Installation, words of cron and time zone that `nextAt` belongs to. */
  @Column(exactText(220))
  rule: string;

  @Column(timeColumn)
  @Index('backup_turns_due')
  nextAt: Date;

  @Column({ ...timeColumn, nullable: true })
  lastAt: Date | null;

  /** The backup of the last turn. */
  @Column({ ...exactText(36), nullable: true })
  backupId: string | null;

  /** The rules of retention still have to be applied once this backup is saved. */
  @Column({ ...exactText(36), nullable: true })
  retainAfter: string | null;

  /** JSON of a BackupFailure: why the last turn made no backup, or removed nothing. */
  @Column({ type: 'mediumtext', nullable: true })
  failure: string | null;

  @Column(timeColumn)
  verifyAt: Date;

  /** The backup that was verified last by schedule. */
  @Column({ ...exactText(36), nullable: true })
  verifiedId: string | null;

  /** When the schedule began to hold. */
  @Column(timeColumn)
  createdAt: Date;
}
