import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { currentRequestId } from '../../platform/logging/request-trace';
import { ownLabels } from '../compose/engine/labels';
import { catalogNameOf, installationNameOf } from '../compose/template/instance';
import {
  AlreadyInstalledError,
  AppBusyError,
  AppNotInstalledError,
} from '../installations/installation.errors';
import { InstallationStore, previousOf } from '../installations/installation.store';
import { InstallPreparer } from '../resolver/install-preparer';
import { Home } from '../homes/home';
import type { AppBackup } from './app-backup.entity';
import { AppPlaces } from './app-places';
import {
  BackupBusyError,
  BackupDamagedError,
  BackupElsewhereError,
  BackupInUseError,
  BackupNotFoundError,
  BackupNotSavedError,
  InstanceHasDataError,
  NoBackupWorkError,
} from './backup.errors';
import { MANIFEST_FILE, type BackupManifest } from './backup-manifest';
import { BackupRunner } from './backup.runner';
import { backupManifestOf, BackupStore, IDLE, type BackupPatch } from './backup.store';
import { Repositories } from './repositories.service';
import { Restic } from './restic/restic';
import { SNAPSHOT_TAG } from './snapshot-taker';

/** Takes requests for backups; a worker carries them out. */
@Injectable()
export class Backups {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: BackupStore,
    private readonly installations: InstallationStore,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly runner: BackupRunner,
    private readonly places: AppPlaces,
    private readonly preparer: InstallPreparer,
    private readonly home: Home,
  ) {}

  list(appName: string, skip: number, take: number): Promise<[AppBackup[], number]> {
    return this.store.listOfApp(appName, skip, take);
  }

  /** @throws BackupNotFoundError */
  async get(appName: string, id: string): Promise<AppBackup> {
    const row = await this.store.findOfApp(appName, id);
    if (!row) throw new BackupNotFoundError(id);
    return row;
  }

  /** @throws AppNotInstalledError, AppBusyError, BackupBusyError, UnknownRepositoryError */
  async save(appName: string, repository: string | undefined, uid: string): Promise<AppBackup> {
    const { name } = this.repositories.addressOf(repository);
    const installation = await this.installations.findActive(appName);
    if (!installation) throw new AppNotInstalledError(appName);
    if (installation.state !== 'installed') throw new AppBusyError(appName, installation.state);
    const row = newBackup(appName, name, { ...BEGUN, busyApp: appName, requestedBy: uid });
    await orBusy(appName, () => this.store.insert(row));
    this.runner.wake();
    return row;
  }

  /**
   * Restores a backup as a further installation beside that which it is of, with the template, values and passwords
   * of the backup, and ports of its own.
   * @throws BackupNotFoundError, BackupNotSavedError, BackupBusyError, AlreadyInstalledError, InstanceHasDataError
   * @throws InstanceNameTakenError, InstanceNameTooLongError
   */
  async restoreAs(appName: string, id: string, instance: string, uid: string): Promise<AppBackup> {
    const manifest = backupManifestOf(await this.get(appName, id));
    if (!manifest) throw new BackupNotSavedError(id);
    const { instance: saved = null } = manifest;
    const name = installationNameOf(catalogNameOf({ appName, instance: saved }), instance);
    await this.preparer.refuseName(name);
    const active = await this.installations.findActive(name);
    if (active) throw new AlreadyInstalledError(name, active.id, active.state);
    const volumes = await this.engine.volumes.list([`${ownLabels.app}=${name}`]);
    if (volumes.length > 0 || (await this.places.folder(name)) !== null)
      throw new InstanceHasDataError(name);
    return this.begin(appName, id, 'restoring', uid, name);
  }

  /** @throws BackupNotFoundError, BackupNotSavedError, BackupElsewhereError, BackupBusyError, AppBusyError */
  async restore(appName: string, id: string, uid: string): Promise<AppBackup> {
    const installation = await this.installations.findActive(appName);
    if (installation && installation.state !== 'installed')
      throw new AppBusyError(appName, installation.state);
    return this.begin(appName, id, 'restoring', uid);
  }

  /** @param uid null: by schedule */
  verify(appName: string, id: string, uid: string | null): Promise<AppBackup> {
    return this.begin(appName, id, 'verifying', uid);
  }

  /** Also one that failed. @throws BackupNotFoundError, BackupBusyError, BackupInUseError */
  async remove(appName: string, id: string, uid: string): Promise<AppBackup> {
    // Its id is there before the backup is.
    const installation = await this.installations.findActive(appName);
    if (installation && previousOf(installation)?.backupId === id) throw new BackupInUseError(id);
    return this.begin(appName, id, 'removing', uid);
  }

  /** @throws BackupNotFoundError, NoBackupWorkError */
  async cancel(appName: string, id: string): Promise<AppBackup> {
    await this.get(appName, id);
    if (!(await this.store.requestCancel(id))) throw new NoBackupWorkError(id);
    this.runner.wake();
    return this.get(appName, id);
  }

  /**
   * Lists what a repository holds that this server does not know: after the loss of a machine, or of another
   * server. Answers how many backups were added.
   * @throws RepositoryKeyWrongError, RepositoryAwayError …
   */
  async import(name: string, key: string): Promise<number> {
    const repository = await this.repositories.adopt(name, key);
    const known = await this.store.knownSnapshots(name);
    let added = 0;
    for (const { id, time } of await this.restic.snapshots(repository, [SNAPSHOT_TAG])) {
      if (known.has(id)) continue;
      const manifest = readManifest(await this.restic.dump(repository, id, `/${MANIFEST_FILE}`));
      const row = newBackup(manifest.appName, name, {
        state: 'saved',
        snapshotId: id,
        manifest: JSON.stringify(manifest),
      });
      await this.store.insert({ ...row, createdAt: new Date(time) });
      added += 1;
    }
    return added;
  }

  private async begin(
    appName: string,
    id: string,
    state: 'restoring' | 'verifying' | 'removing',
    requestedBy: string | null,
    restoreAs: string | null = null,
  ): Promise<AppBackup> {
    const busyApp = restoreAs ?? appName;
    const row = await this.get(appName, id);
    if (state !== 'removing' && row.snapshotId === null) {
      if (row.busyApp) throw new BackupBusyError(appName);
      throw new BackupNotSavedError(id);
    }
    const isFolder = this.repositories.isFolder(row.repository);
    // What lies in a folder of another node is removed there; more cannot be done with it.
    if (isFolder && state !== 'removing' && !this.home.isHere(row.home))
      throw new BackupElsewhereError(id, row.repository);
    const begun = await orBusy(busyApp, () =>
      this.store.transition(id, ['saved', 'failed', 'cancelled'], {
        ...IDLE,
        state,
        phase: 'queued',
        busyApp,
        restoreAs,
        home: isFolder ? row.home : this.home.nodeId,
        bytesDone: 0,
        bytesTotal: 0,
        failure: null,
        requestedBy,
        requestId: currentRequestId() ?? null,
      }),
    );
    if (!begun) throw new BackupBusyError(appName);
    this.runner.wake();
    return this.get(appName, id);
  }
}

/** A save that waits for a worker. */
export const BEGUN = { state: 'saving', phase: 'queued' } as const satisfies BackupPatch;

export function newBackup(appName: string, repository: string, patch: BackupPatch): AppBackup {
  const now = new Date();
  return {
    ...IDLE,
    id: randomUUID(),
    appName,
    repository,
    origin: 'request',
    keptUntil: null,
    state: 'saving',
    bytesDone: 0,
    bytesTotal: 0,
    snapshotId: null,
    manifest: null,
    addedBytes: null,
    home: null,
    downtimeMs: null,
    failure: null,
    trial: null,
    verifiedAt: null,
    started: null,
    restoredAt: null,
    requestedBy: null,
    requestId: currentRequestId() ?? null,
    createdAt: now,
    updatedAt: now,
    ...patch,
  };
}

async function orBusy<T>(appName: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicateKey(error)) throw new BackupBusyError(appName);
    throw error;
  }
}

function readManifest(text: string): BackupManifest {
  try {
    const manifest = JSON.parse(text) as Partial<BackupManifest>;
    if (typeof manifest.appName === 'string' && typeof manifest.volumes === 'object')
      return manifest as BackupManifest;
  } catch {
    // Falls through: neither text nor object.
  }
  throw new BackupDamagedError(MANIFEST_FILE);
}
