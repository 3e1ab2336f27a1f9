import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Settings } from '../../platform/config/settings';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { ownLabels } from '../compose/engine/labels';
import { toInstallFailure } from '../install/install-failure';
import { UpgradeData } from '../install/upgrade-data';
import type { PreviousVersion } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import { isHandOver, newClaim, UNCLAIMED } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import { AppEventsService } from '../progress/app-events.service';
import type { AppBackup } from './app-backup.entity';
import { AppPlaces } from './app-places';
import {
  BackupBusyError,
  BackupNotFoundError,
  DataThereError,
  RemoteEngineError,
  UpgradeNotSavedError,
} from './backup.errors';
import { BackupCheck } from './backup-check';
import { BackupLease, BackupRun } from './backup-run';
import { BackupStore, IDLE, type BackupFailure, type BackupPatch } from './backup.store';
import { newBackup } from './backups.service';
import { discardKept, keepTree, returnTree } from './replaced-data';
import { Repositories } from './repositories.service';
import { Restic } from './restic/restic';
import { Restorer } from './restorer';
import { SnapshotTaker } from './snapshot-taker';
import { Staging } from './staging';

const TOUCH_EVERY_MS = 3_000;
const DAY_MS = 86_400_000;
const SAVING = JSON.stringify(
  bilingual('升级前备份并校验', 'Saving and verifying before the upgrade'),
);

/**
 * The backup that an upgrade begins with, and the copies of the data that return byte for byte where the new
 * version fails. The backup is a row like every other one: a run that dies leaves it to the next worker.
 */
@Injectable()
export class UpgradeBackups extends UpgradeData {
  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly store: BackupStore,
    private readonly events: AppEventsService,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly taker: SnapshotTaker,
    private readonly check: BackupCheck,
    private readonly staging: Staging,
    private readonly places: AppPlaces,
    private readonly modules: ModuleRef,
  ) {
    super();
  }

  async requireUsable(): Promise<void> {
    if (process.geteuid?.() !== 0 || !this.engine.isLocal) throw new RemoteEngineError();
    await this.restic.version();
  }

  async save(row: AppInstallation, lease: RowLease, previous: PreviousVersion): Promise<void> {
    const { appName } = row;
    try {
      const made = await this.insert(row, previous);
      // As it is before the upgrade; the row tells the version that it goes over to.
      const { version, templateDigest } = previous;
      const installation = { ...row, version, templateDigest };
      const held = { installation, lease };
      await this.work(made, lease, (run) => this.taker.take(run), held);
      const saved = await this.store.findById(made.id);
      if (!saved) throw new BackupBusyError(appName);
      const again = {
        ...newClaim(),
        state: 'verifying',
        phase: 'queued',
        busyApp: appName,
      } as const;
      await this.store.transition(saved.id, ['saved'], { ...IDLE, ...again });
      await this.work(
        { ...saved, ...again },
        lease,
        (run) => this.check.verify(run, { starts: false }),
        null,
      );
    } catch (error) {
      lease.signal.throwIfAborted();
      if (isHandOver(error)) throw error;
      throw new UpgradeNotSavedError(appName, toInstallFailure(error).message);
    }
  }

  async bring(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    note: (replaced: string | null) => Promise<void>,
  ): Promise<void> {
    const { appName } = row;
    // Of a former installation, and nobody's to replace.
    const found = await this.places.volumes(previous.manifest.volumes);
    if (found.size > 0 || (await this.places.folder(appName)) !== null)
      throw new DataThereError(appName);
    const run = await this.runOf(row, lease, previous, note);
    if (!run) throw new BackupNotFoundError(previous.backupId ?? '');
    await this.restorer.bring(run);
  }

  async takeAway(row: AppInstallation, lease: RowLease, previous: PreviousVersion): Promise<void> {
    const free = lease.withSignal(new AbortController().signal);
    const run = await this.runOf(row, free, previous);
    if (run) await this.restorer.takeAway(run);
  }

  async settle(row: AppInstallation, lease: RowLease, previous: PreviousVersion): Promise<void> {
    const run = await this.runOf(row, lease, previous);
    if (run) await this.restorer.settle(run);
  }

  /** It begins with an install where there is none, which ends in an upgrader. */
  private get restorer(): Restorer {
    return this.modules.get(Restorer, { strict: false });
  }

  /** Work on the backup of a move: what it notes is in the row of the app, as the backup is whole and stays as it is; null: it was deleted. */
  private async runOf(
    row: AppInstallation,
    { signal }: RowLease,
    { backupId = '', move }: PreviousVersion,
    note: (replaced: string | null) => Promise<void> = () => Promise.resolve(),
  ): Promise<BackupRun | null> {
    const backup = await retryDatabase(() => this.store.findOfApp(row.appName, backupId));
    if (!backup) return null;
    const noted = move?.homes?.replaced ?? null;
    const replaced = noted === null ? null : Buffer.from(noted, 'base64');
    const lease = new NotedLease(backup.id, signal, this.store, note);
    return new BackupRun({ ...backup, state: 'restoring', replaced }, lease, this.events);
  }

  async placesOf(row: AppInstallation, { manifest }: PreviousVersion): Promise<readonly string[]> {
    const volumes = await this.places.volumes(manifest.volumes);
    const folder = await this.places.folder(row.appName);
    return [...volumes.values(), ...(folder === null ? [] : [folder])];
  }

  async keep({ backupId, kept }: PreviousVersion, signal: AbortSignal): Promise<void> {
    for (const path of kept ?? []) await keepTree(path, backupId ?? '', signal);
  }

  async giveBack(row: AppInstallation, previous: PreviousVersion): Promise<void> {
    const { backupId, kept, volumes } = previous;
    if (backupId === undefined) return;
    for (const path of kept ?? []) await returnTree({ path, existed: true }, backupId);
    if (!volumes) return;
    const before = new Set(volumes);
    for (const name of manifestOf(row)?.volumes ?? []) {
      if (before.has(name)) continue;
      const volume = await this.engine.volumes.find(name);
      if (volume?.labels[ownLabels.app] !== row.appName) continue;
      await retryEngine(this.engine, () => this.engine.volumes.remove(name));
    }
  }

  async discard({ backupId, kept }: PreviousVersion): Promise<void> {
    for (const path of kept ?? []) await discardKept({ path, existed: true }, backupId ?? '');
  }

  /** The row belongs to this run from the beginning. */
  private async insert(
    row: AppInstallation,
    { backupId, move }: PreviousVersion,
  ): Promise<AppBackup> {
    const { appName, requestId } = row;
    const { name } = this.repositories.addressOf(move?.homes?.repository);
    const made = {
      ...newBackup(appName, name, {
        ...newClaim(),
        state: 'saving',
        phase: 'queued',
        busyApp: appName,
        origin: move ? 'move' : 'upgrade',
        keptUntil: new Date(Date.now() + this.settings.upgradeBackupDays * DAY_MS),
        requestId,
      }),
      id: backupId ?? randomUUID(),
    };
    try {
      await this.store.insert(made);
    } catch (error) {
      throw isDuplicateKey(error) ? new BackupBusyError(appName) : error;
    }
    return made;
  }

  /** One piece of work on the row; where it fails, the row ends with the reason. */
  private async work(
    row: AppBackup,
    upgrade: RowLease,
    carryOut: (run: BackupRun) => Promise<void>,
    held: BackupRun['held'],
  ): Promise<void> {
    const token = row.runToken ?? '';
    const lost = new AbortController();
    const both = AbortSignal.any([upgrade.signal, lost.signal]);
    const lease = new BackupLease(row.id, token, both, this.store);
    const stopKeeping = this.store.leased.keep(row.id, token, lost);
    // Work without a change for minutes counts as stuck.
    const touch = setInterval(
      () => void upgrade.update({ step: SAVING }).catch(() => undefined),
      TOUCH_EVERY_MS,
    );
    try {
      await upgrade.update({ step: SAVING });
      await carryOut(new BackupRun(row, lease, this.events, held));
    } catch (error) {
      await this.fail(row, token, error);
      throw error;
    } finally {
      clearInterval(touch);
      stopKeeping();
    }
  }

  private async fail(row: AppBackup, token: string, error: unknown): Promise<void> {
    const now = await retryDatabase(() => this.store.findById(row.id));
    // Another worker starts the app again, and goes on.
    if (isHandOver(error) || now?.halted) {
      await this.store.updateOwned(row.id, token, UNCLAIMED);
      return;
    }
    await this.staging.remove(row.id).catch(() => undefined);
    const { code, message } = toInstallFailure(error);
    const state = row.state === 'saving' ? 'failed' : 'saved';
    const failure = JSON.stringify({ code, message } satisfies BackupFailure);
    await this.store.updateOwned(row.id, token, { ...IDLE, state, failure });
  }
}

/** Of a backup that nobody works on: passes on what is to be noted of the data that it replaces, and writes no row. */
class NotedLease extends BackupLease {
  constructor(
    id: string,
    signal: AbortSignal,
    store: BackupStore,
    private readonly note: (replaced: string | null) => Promise<void>,
  ) {
    super(id, '', signal, store);
  }

  override async update({ replaced }: BackupPatch): Promise<void> {
    if (replaced !== undefined) await this.note(replaced?.toString('base64') ?? null);
  }
}
