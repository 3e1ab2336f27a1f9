import { Injectable } from '@nestjs/common';
import { DataSource, In, Not, IsNull } from 'typeorm';
import { AppBackup, BACKUP_WORK_STATES, type BackupState } from './app-backup.entity';
import type { BackupManifest } from './backup-manifest';
import type { Bilingual } from '../../platform/i18n/bilingual';

/** A run that has not renewed its lease for this long may be replaced by another. */
const LEASE_SECONDS = 12;

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
  secondsLeft: null,
  cancelRequested: false,
  attempts: 0,
  halted: false,
  replaced: null,
  runToken: null,
  leaseUntil: null,
} as const satisfies BackupPatch;

/** The only place that changes rows of backups; each change of state is one conditional UPDATE. */
@Injectable()
export class BackupStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Rejects with a duplicate key while other work on the app is under way. */
  async insert(row: AppBackup): Promise<void> {
    await this.rows().insert(row);
  }

  findById(id: string): Promise<AppBackup | null> {
    return this.rows().findOneBy({ id });
  }

  findOfApp(appName: string, id: string): Promise<AppBackup | null> {
    return this.rows().findOneBy({ id, appName });
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

  /** Ids of the snapshots of a repository that have a row. */
  async knownSnapshots(repository: string): Promise<Set<string>> {
    const rows = await this.rows().find({
      select: { snapshotId: true },
      where: { repository, snapshotId: Not(IsNull()) },
    });
    return new Set(rows.map(({ snapshotId }) => snapshotId ?? ''));
  }

  /** Rows with work that no run holds, oldest first. */
  async findDue(limit: number): Promise<Pick<AppBackup, 'id' | 'appName'>[]> {
    return (
      this.rows()
        .createQueryBuilder('b')
        .select(['b.id', 'b.appName'])
        .where('b.state IN (:...states)', {
          states: BACKUP_WORK_STATES,
        })
        .andWhere('(b.leaseUntil IS NULL OR b.leaseUntil < UTC_TIMESTAMP(3))')
        // What has stopped an app comes first.
        .orderBy('b.halted', 'DESC')
        .addOrderBy('b.updatedAt')
        .limit(limit)
        .getMany()
    );
  }

  /** Ids of all rows with work under way. */
  async idsAtWork(): Promise<Set<string>> {
    const rows = await this.rows().find({
      select: { id: true },
      where: { state: In([...BACKUP_WORK_STATES]) },
    });
    return new Set(rows.map(({ id }) => id));
  }

  async claim(id: string, runToken: string): Promise<boolean> {
    const { affected } = await this.rows()
      .createQueryBuilder()
      .update()
      .set({
        runToken,
        leaseUntil: () => `UTC_TIMESTAMP(3) + INTERVAL ${LEASE_SECONDS} SECOND`,
        attempts: () => 'attempts + 1',
        updatedAt: () => 'UTC_TIMESTAMP(3)',
      })
      .where('id = :id AND state IN (:...states)', {
        id,
        states: BACKUP_WORK_STATES,
      })
      .andWhere('(runToken IS NULL OR leaseUntil < UTC_TIMESTAMP(3))')
      .execute();
    return affected === 1;
  }

  /** Renews a lease. False: the row belongs to another run now. */
  async extend(id: string, runToken: string): Promise<boolean> {
    const { affected } = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ leaseUntil: () => `UTC_TIMESTAMP(3) + INTERVAL ${LEASE_SECONDS} SECOND` })
      .where({ id, runToken })
      .execute();
    return affected === 1;
  }

  /** Changes a row that the run holds; false when it holds it no longer. */
  updateOwned(id: string, runToken: string, patch: BackupPatch): Promise<boolean> {
    return this.update({ id, runToken }, patch);
  }

  /** Begins other work on a saved backup. Rejects with a duplicate key while the app is busy. */
  transition(id: string, from: readonly BackupState[], patch: BackupPatch): Promise<boolean> {
    return this.update({ id, state: In([...from]) }, patch);
  }

  /** False: nothing is being done with it. */
  async requestCancel(id: string): Promise<boolean> {
    return this.update(
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

  private async update(where: object, patch: BackupPatch): Promise<boolean> {
    const { affected } = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ ...patch, updatedAt: () => 'UTC_TIMESTAMP(3)' })
      .where(where)
      .execute();
    return affected === 1;
  }

  private rows() {
    return this.dataSource.getRepository(AppBackup);
  }
}

export function backupManifestOf(row: AppBackup): BackupManifest | null {
  return row.manifest === null ? null : (JSON.parse(row.manifest) as BackupManifest);
}
