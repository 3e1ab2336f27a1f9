import { Injectable } from '@nestjs/common';
import { DataSource, In, Not, IsNull, type EntityManager } from 'typeorm';
import { AppBackup, BACKUP_WORK_STATES, type BackupState } from './app-backup.entity';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { InstallBarrier } from '../install/install-barrier';
import { Home } from '../homes/home';
import { LeasedRows, UNCLAIMED, type DueRow } from '../installations/leased-rows';
import { BackupBusyError } from './backup.errors';
import type { BackupManifest } from './backup-manifest';

/** Why the last work on a backup failed. */
export interface BackupFailure {
  /** Short and stable, e.g. `repository-away`. */
  readonly code: string;
  readonly message: Bilingual;
}

export type BackupPatch = Partial<Omit<AppBackup, 'id' | 'appName' | 'createdAt' | 'updatedAt'>>;

/** The fields of a row with no work under way. */
export const IDLE = {
  phase: '',
  busyApp: null,
  restoreAs: null,
  secondsLeft: null,
  cancelRequested: false,
  attempts: 0,
  halted: false,
  replaced: null,
  ...UNCLAIMED,
} as const satisfies BackupPatch;

/** The only place that changes rows of backups; each change of state is one conditional UPDATE. */
@Injectable()
export class BackupStore implements InstallBarrier {
  readonly leased: LeasedRows<BackupState>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly home: Home,
  ) {
    this.leased = new LeasedRows(dataSource, AppBackup, home);
  }

  /** Work that begins is this home's. Rejects with a duplicate key while other work on the app is under way. */
  async insert(row: AppBackup, tx: EntityManager = this.dataSource.manager): Promise<void> {
    await tx.getRepository(AppBackup).insert({ ...row, home: this.home.nodeId });
  }

  findById(id: string): Promise<AppBackup | null> {
    return this.rows().findOneBy({ id });
  }

  findOfApp(appName: string, id: string): Promise<AppBackup | null> {
    return this.rows().findOneBy({ id, appName });
  }

  /**
   * Nobody installs an app while it is restored; a restore that begins later waits for the installation.
   * @throws BackupBusyError where one has begun before
   */
  async refuse(tx: EntityManager, appName: string): Promise<void> {
    const restore = await tx.getRepository(AppBackup).findOne({
      select: { id: true },
      where: { busyApp: appName, state: 'restoring' },
      lock: { mode: 'pessimistic_write' },
    });
    if (restore) throw new BackupBusyError(appName);
  }

  /** Newest first. */
  async listOfApp(appName: string, skip: number, take: number): Promise<[AppBackup[], number]> {
    return this.rows().findAndCount({
      where: { appName },
      order: { createdAt: 'DESC', id: 'DESC' },
      skip,
      take,
    });
  }

  /** The newest one that is complete, whatever is being done with it. */
  findNewestSaved(appName: string): Promise<AppBackup | null> {
    return this.rows().findOne({
      where: { appName, snapshotId: Not(IsNull()) },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /**
   * Complete backups that no work is done with, that nobody requested and that no upgrade may still need, newest
   * first: those that rules of retention may remove.
   */
  listRemovable(appName: string): Promise<AppBackup[]> {
    return this.rows()
      .createQueryBuilder('b')
      .where({ appName, state: 'saved', origin: In(['schedule', 'upgrade', 'move']) })
      .andWhere('b.snapshotId IS NOT NULL')
      .andWhere('(b.keptUntil IS NULL OR b.keptUntil < UTC_TIMESTAMP(3))')
      .orderBy('b.createdAt', 'DESC')
      .getMany();
  }

  /** Ids of saves by schedule that failed more than so many days ago. */
  async listFailedBefore(appName: string, days: number): Promise<string[]> {
    const rows = await this.rows()
      .createQueryBuilder('b')
      .select('b.id')
      .where({ appName, state: In(['failed', 'cancelled']), origin: 'schedule' })
      .andWhere('b.snapshotId IS NULL')
      .andWhere('b.createdAt < UTC_TIMESTAMP(3) - INTERVAL :days DAY', { days })
      .getMany();
    return rows.map(({ id }) => id);
  }

  /** Whether a snapshot of the same repository is removed here after that of this backup. */
  hasLaterRemoval({ id, repository, home }: AppBackup): Promise<boolean> {
    return this.rows()
      .createQueryBuilder('b')
      .where({ repository, state: 'removing' })
      .andWhere('b.snapshotId IS NOT NULL AND b.id > :id AND b.home <=> :home', { id, home })
      .getExists();
  }

  /** Ids of the snapshots of a repository that have a row. */
  async knownSnapshots(repository: string): Promise<Set<string>> {
    const rows = await this.rows().find({
      select: { snapshotId: true },
      where: { repository, snapshotId: Not(IsNull()) },
    });
    return new Set(rows.map(({ snapshotId }) => snapshotId ?? ''));
  }

  /** The backup that an app is being installed from. */
  findBeingInstalled(appName: string): Promise<AppBackup | null> {
    return this.rows().findOneBy({ busyApp: appName, state: 'restoring', phase: 'installing' });
  }

  /** Rows with work that no run holds; what has stopped an app comes first, then the oldest. */
  findDue(limit: number): Promise<DueRow<BackupState>[]> {
    return this.leased.findDue(BACKUP_WORK_STATES, limit, ['halted', 'DESC'], ['updatedAt', 'ASC']);
  }

  /** Ids of all rows with work under way. */
  async idsAtWork(): Promise<Set<string>> {
    const rows = await this.rows().find({
      select: { id: true },
      where: { state: In([...BACKUP_WORK_STATES]) },
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** Rows of this home of which a trial may have left something on the engine, with no work under way. */
  async listTried(): Promise<AppBackup[]> {
    const where = { trial: Not(IsNull()), state: Not(In([...BACKUP_WORK_STATES])) };
    return (await this.rows().findBy(where)).filter(({ home }) => this.home.isHere(home));
  }

  /** Nothing of the trial is left. */
  async forgetTrial(id: string, trial: string): Promise<void> {
    await this.rows().update({ id, trial }, { trial: null });
  }

  /** Changes a row that the run holds; false when it holds it no longer. */
  updateOwned(id: string, runToken: string, patch: BackupPatch): Promise<boolean> {
    return this.leased.updateOwned(id, runToken, patch);
  }

  /** Begins other work on a saved backup. Rejects with a duplicate key while the app is busy. */
  transition(id: string, from: readonly BackupState[], patch: BackupPatch): Promise<boolean> {
    return this.leased.update({ id, state: In([...from]) }, patch);
  }

  /** False: nothing is being done with it. */
  async requestCancel(id: string): Promise<boolean> {
    return this.leased.update(
      { id, state: In(['saving', 'restoring', 'verifying']) },
      { cancelRequested: true },
    );
  }

  async listCancelled(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.rows().find({
      select: { id: true },
      where: { id: In([...ids]), cancelRequested: true },
    });
    return rows.map(({ id }) => id);
  }

  async remove(id: string, runToken: string): Promise<void> {
    await this.rows().delete({ id, runToken });
  }

  private rows() {
    return this.dataSource.getRepository(AppBackup);
  }
}

export function backupManifestOf(row: AppBackup): BackupManifest | null {
  return row.manifest === null ? null : (JSON.parse(row.manifest) as BackupManifest);
}
