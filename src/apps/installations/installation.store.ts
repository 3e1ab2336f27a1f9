import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, Not, type EntityManager } from 'typeorm';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import type { Bilingual } from '../../platform/i18n/bilingual';
import { catalogNameOf } from '../compose/template/instance';
import { Home } from '../homes/home';
import { InstallationChanges } from './installation-changes';
import type { AppManifest, PreviousVersion } from './app-manifest';
import { AppInstallation } from './installation.entity';
import { WORK_STATES, type InstallationState, type InstallFailure } from './installation-state';
import { LeasedRows, type DueRow } from './leased-rows';

/** Of a row with work that makes no progress; an upgrade or install writes each step and percent. */
export const STUCK_CONDITION = `state IN ('${WORK_STATES.join("', '")}')
  AND (updatedAt < UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE OR attempts >= 4)`;

export type DueInstallation = DueRow<InstallationState>;

/** What a change of a row may set. */
export type InstallationPatch = Partial<
  Omit<
    AppInstallation,
    'id' | 'appName' | 'instance' | 'idempotencyKey' | 'requestedBy' | 'createdAt' | 'updatedAt'
  >
>;

/**
 * The only place that changes installation rows. Every change of state is one conditional UPDATE
 * that carries the old state, or the token of the run that owns the row, in its WHERE.
 */
@Injectable()
export class InstallationStore {
  readonly leased: LeasedRows<InstallationState>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: InstallationChanges,
    private readonly home: Home,
  ) {
    this.leased = new LeasedRows(dataSource, AppInstallation, home, () => changes.tell());
  }

  /** The caller tells {@link InstallationChanges} once it has committed. */
  async insert(tx: EntityManager, row: AppInstallation): Promise<void> {
    await tx.getRepository(AppInstallation).insert(row);
  }

  /**
   * The rows that `listShown` gives, by their age alone: to find out which of them changed.
   * `settled`: no other change can carry the same time any more.
   */
  async listShownVersions(): Promise<{ id: string; version: string; settled: boolean }[]> {
    const rows = await this.shown()
      .select(['i.id AS id', 'CAST(i.updatedAt AS CHAR) AS version'])
      .addSelect('i.updatedAt < UTC_TIMESTAMP(3) - INTERVAL 1 SECOND', 'settled')
      .getRawMany<{ id: string; version: string; settled: number | string }>();
    return rows.map(({ id, version, settled }) => ({
      id,
      version,
      settled: Number(settled) === 1,
    }));
  }

  async findByIds(ids: readonly string[]): Promise<AppInstallation[]> {
    return ids.length === 0 ? [] : this.rows().findBy({ id: In([...ids]) });
  }

  findById(id: string): Promise<AppInstallation | null> {
    return this.rows().findOneBy({ id });
  }

  /** The installation that counts for this app. */
  findActive(appName: string): Promise<AppInstallation | null> {
    return this.rows().findOneBy({ activeApp: appName });
  }

  /** Whether the app has an installation; waits for the end of a transaction that is making one. */
  isTaken(activeApp: string): Promise<boolean> {
    return runInTransaction(this.dataSource, async (tx) => {
      const rows = tx.getRepository(AppInstallation);
      const lock = { mode: 'pessimistic_write' } as const;
      return (await rows.findOne({ select: { id: true }, where: { activeApp }, lock })) !== null;
    });
  }

  findByIdempotencyKey(idempotencyKey: string): Promise<AppInstallation | null> {
    return this.rows().findOneBy({ idempotencyKey });
  }

  /** The newest one, over or not: its failure is what a status shows. */
  findLatest(appName: string): Promise<AppInstallation | null> {
    return this.rows().findOne({ where: { appName }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /** The installation that counts for each app, and the last one where that failed; by app name. */
  listShown(): Promise<AppInstallation[]> {
    return this.shown().getMany();
  }

  private shown() {
    return this.rows()
      .createQueryBuilder('i')
      .where(
        `(i.activeApp IS NOT NULL OR (i.state = 'failed' AND NOT EXISTS (
           SELECT 1 FROM app_installations later
           WHERE later.appName = i.appName AND
             (later.createdAt > i.createdAt OR (later.createdAt = i.createdAt AND later.id > i.id)))))`,
      )
      .orderBy('i.appName');
  }

  /** Of all homes. */
  listActive(): Promise<AppInstallation[]> {
    return this.rows()
      .createQueryBuilder('i')
      .where('i.activeApp IS NOT NULL')
      .orderBy('i.appName')
      .getMany();
  }

  /** Those of this home. */
  async listHere(): Promise<AppInstallation[]> {
    return (await this.listActive()).filter(({ home }) => this.home.isHere(home));
  }

  /** The templates that apps were installed from, by their names in the catalog, that of before an upgrade under way too. */
  async listTemplates(): Promise<{ appName: string; digest: string }[]> {
    const rows = await this.rows().find({
      select: { appName: true, instance: true, templateDigest: true, previous: true },
      where: { activeApp: Not(IsNull()) },
    });
    return rows.flatMap(({ templateDigest, previous, ...named }) => {
      const before = previousOf({ previous });
      const digests = [templateDigest, ...(before ? [before.templateDigest] : [])];
      return digests.map((digest) => ({ appName: catalogNameOf(named), digest }));
    });
  }

  /** Rows with work that no run has a lease on and that is not postponed, oldest first. */
  findDue(limit: number): Promise<DueInstallation[]> {
    return this.leased.findDue(WORK_STATES, limit, ['createdAt', 'ASC']);
  }

  /** Installed apps whose last operation was broken off. What a backup has begun is taken up by the backup. */
  findBrokenOff(): Promise<DueInstallation[]> {
    return this.leased.findBrokenOff(
      'installed',
      'NOT EXISTS (SELECT 1 FROM app_backups b WHERE b.busyApp = r.activeApp)',
    );
  }

  /** Rows of this home with work that has made no progress for 10 minutes or in 4 attempts. */
  listStuck(): Promise<AppInstallation[]> {
    const { sql, parameters } = this.home.conditionOn('i.home');
    return this.rows()
      .createQueryBuilder('i')
      .where(STUCK_CONDITION)
      .andWhere(sql, parameters)
      .orderBy('i.appName')
      .getMany();
  }

  /** Gives up a lease; the sweeper takes the row up again after `seconds`, and any request may before. */
  async postpone(id: string, runToken: string, seconds: number, step: Bilingual): Promise<void> {
    await this.rows()
      .createQueryBuilder()
      .update()
      .set({
        step: JSON.stringify(step),
        runToken: null,
        leaseUntil: () => `UTC_TIMESTAMP(3) + INTERVAL ${Math.ceil(seconds)} SECOND`,
        updatedAt: () => 'UTC_TIMESTAMP(3)',
      })
      .where({ id, runToken })
      .execute();
    this.changes.tell();
  }

  /** Changes a row that the run holds; false when it holds it no longer. */
  async updateOwned(id: string, runToken: string, patch: InstallationPatch): Promise<boolean> {
    return this.leased.updateOwned(id, runToken, patch);
  }

  /** As `updateOwned`, unless a cancel was requested. */
  async finishUnlessCancelled(
    id: string,
    runToken: string,
    patch: InstallationPatch,
  ): Promise<boolean> {
    return this.leased.update({ id, runToken, cancelRequested: false }, patch);
  }

  async transition(
    id: string,
    from: readonly InstallationState[],
    patch: InstallationPatch,
  ): Promise<boolean> {
    return this.leased.update({ id, state: In([...from]) }, patch);
  }

  /** Ends an installation that no run has taken up yet. */
  async cancelQueued(id: string, patch: InstallationPatch): Promise<boolean> {
    return this.leased.update({ id, state: 'queued', runToken: IsNull() }, patch);
  }

  /** Which of these are to be cancelled. */
  async listCancelled(ids: readonly string[]): Promise<Pick<AppInstallation, 'id' | 'appName'>[]> {
    if (ids.length === 0) return [];
    return this.rows().find({
      select: { id: true, appName: true },
      where: { id: In([...ids]), cancelRequested: true },
    });
  }

  private rows() {
    return this.dataSource.getRepository(AppInstallation);
  }
}

export function manifestOf(row: AppInstallation): AppManifest | null {
  return row.manifest === null ? null : (JSON.parse(row.manifest) as AppManifest);
}

/** What the app goes back to while an upgrade or a move of it is under way. */
export function previousOf({
  previous,
}: Pick<AppInstallation, 'previous'>): PreviousVersion | null {
  return previous === null ? null : (JSON.parse(previous) as PreviousVersion);
}

export function failureOf(row: AppInstallation): InstallFailure | null {
  return row.failure === null ? null : (JSON.parse(row.failure) as InstallFailure);
}
