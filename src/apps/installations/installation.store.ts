import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager, type UpdateResult } from 'typeorm';
import type { Bilingual } from '../../platform/i18n/bilingual';
import { InstallationChanges } from './installation-changes';
import type { AppManifest } from './app-manifest';
import { AppInstallation } from './installation.entity';
import { WORK_STATES, type InstallationState, type InstallFailure } from './installation-state';

/** A run that has not renewed its lease for this long may be replaced by another. */
export const RUN_LEASE_SECONDS = 15;
/** Of a row with work that makes no progress; an upgrade or install writes each step and percent. */
export const STUCK_CONDITION = `state IN ('${WORK_STATES.join("', '")}')
  AND (updatedAt < UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE OR attempts >= 4)`;
/** Gives up a lease. Part of the update that ends the work, so that the next operation may begin at once. */
export const UNCLAIMED = { runToken: null, leaseUntil: null } as const;

export type DueRow = Pick<AppInstallation, 'id' | 'appName' | 'state'>;

/** What a change of a row may set. */
export type InstallationPatch = Partial<
  Omit<
    AppInstallation,
    'id' | 'appName' | 'idempotencyKey' | 'requestedBy' | 'createdAt' | 'updatedAt'
  >
>;

/**
 * The only place that changes installation rows. Every change of state is one conditional UPDATE
 * that carries the old state, or the token of the run that owns the row, in its WHERE.
 */
@Injectable()
export class InstallationStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: InstallationChanges,
  ) {}

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

  listActive(): Promise<AppInstallation[]> {
    return this.rows()
      .createQueryBuilder('i')
      .where('i.activeApp IS NOT NULL')
      .orderBy('i.appName')
      .getMany();
  }

  /** Rows with work that no run has a lease on and that is not postponed, oldest first. */
  async findDue(limit: number): Promise<DueRow[]> {
    return this.rows()
      .createQueryBuilder('i')
      .select(['i.id', 'i.appName', 'i.state'])
      .where('i.state IN (:...states)', { states: WORK_STATES })
      .andWhere('(i.leaseUntil IS NULL OR i.leaseUntil < UTC_TIMESTAMP(3))')
      .orderBy('i.createdAt')
      .limit(limit)
      .getMany();
  }

  /** Rows with work that has made no progress for 10 minutes or in 4 attempts. */
  listStuck(): Promise<AppInstallation[]> {
    return this.rows()
      .createQueryBuilder('i')
      .where(STUCK_CONDITION)
      .orderBy('i.appName')
      .getMany();
  }

  /**
   * Takes up an installation in one of the given states for a run. False: another run holds it, or
   * it is in another state by now.
   */
  async claim(
    id: string,
    runToken: string,
    states: readonly InstallationState[],
    patch: InstallationPatch = {},
  ): Promise<boolean> {
    const result = await this.rows()
      .createQueryBuilder()
      .update()
      .set({
        ...patch,
        runToken,
        leaseUntil: () => `UTC_TIMESTAMP(3) + INTERVAL ${RUN_LEASE_SECONDS} SECOND`,
        attempts: () => 'attempts + 1',
        updatedAt: () => 'UTC_TIMESTAMP(3)',
      })
      .where('id = :id AND state IN (:...states)', { id, states })
      .andWhere('(runToken IS NULL OR leaseUntil < UTC_TIMESTAMP(3))')
      .execute();
    return this.told(result);
  }

  /** Renews a lease. False: the row belongs to another run now. */
  async extend(id: string, runToken: string): Promise<boolean> {
    const result = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ leaseUntil: () => `UTC_TIMESTAMP(3) + INTERVAL ${RUN_LEASE_SECONDS} SECOND` })
      .where({ id, runToken })
      .execute();
    return result.affected === 1;
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
    return this.update({ id, runToken }, patch);
  }

  /** As `updateOwned`, unless a cancel was requested. */
  async finishUnlessCancelled(
    id: string,
    runToken: string,
    patch: InstallationPatch,
  ): Promise<boolean> {
    return this.update({ id, runToken, cancelRequested: false }, patch);
  }

  async transition(
    id: string,
    from: readonly InstallationState[],
    patch: InstallationPatch,
  ): Promise<boolean> {
    return this.update({ id, state: In([...from]) }, patch);
  }

  /** Ends an installation that no run has taken up yet. */
  async cancelQueued(id: string, patch: InstallationPatch): Promise<boolean> {
    const result = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ ...patch, updatedAt: () => 'UTC_TIMESTAMP(3)' })
      .where(`id = :id AND state = 'queued' AND runToken IS NULL`, { id })
      .execute();
    return this.told(result);
  }

  /** Which of these are to be cancelled. */
  async listCancelled(ids: readonly string[]): Promise<Pick<AppInstallation, 'id' | 'appName'>[]> {
    if (ids.length === 0) return [];
    return this.rows().find({
      select: { id: true, appName: true },
      where: { id: In([...ids]), cancelRequested: true },
    });
  }

  private async update(where: object, patch: InstallationPatch): Promise<boolean> {
    const result = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ ...patch, updatedAt: () => 'UTC_TIMESTAMP(3)' })
      .where(where)
      .execute();
    return this.told(result);
  }

  private told({ affected }: UpdateResult): boolean {
    if (affected === 1) this.changes.tell();
    return affected === 1;
  }

  private rows() {
    return this.dataSource.getRepository(AppInstallation);
  }
}

export function manifestOf(row: AppInstallation): AppManifest | null {
  return row.manifest === null ? null : (JSON.parse(row.manifest) as AppManifest);
}

export function failureOf(row: AppInstallation): InstallFailure | null {
  return row.failure === null ? null : (JSON.parse(row.failure) as InstallFailure);
}
