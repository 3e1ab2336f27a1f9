import { readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { ownLabels } from '../compose/engine/labels';
import { removeProjectFolder } from '../compose/files/bind-sources';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { LeaseLostError } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import { AppResolver } from '../resolver/app-resolver';
import { AppSecretsService } from '../secrets/app-secrets.service';

/**
 * The data of an app: its volumes, its folder and its secrets. They are named after the app, so an
 * installation that follows uses the same ones. Each removal therefore proves that the lease is held
 * and that no other installation of the app is active.
 */
@Injectable()
export class AppData {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly secrets: AppSecretsService,
    private readonly resolver: AppResolver,
  ) {}

  /** Whether anything is left of the app's data. */
  async exists(row: AppInstallation): Promise<boolean> {
    if (await this.folderExists(row.appName)) return true;
    if ((await this.volumesOf(row)).length > 0) return true;
    return Object.keys(await this.secrets.findKept(row.appName)).length > 0;
  }

  folderExists(appName: string): Promise<boolean> {
    return stat(this.resolver.projectDir(appName)).then(
      () => true,
      () => false,
    );
  }

  /** Names of the volumes that hold the app's data and carry its label, whichever installation made them. */
  async volumesOf(row: AppInstallation): Promise<string[]> {
    const names = new Set(manifestOf(row)?.volumes ?? []);
    const labelled = await this.engine.volumes.list([`${ownLabels.app}=${row.appName}`]);
    return labelled
      .filter((v) => names.has(v.name) || v.labels[ownLabels.installation] === row.id)
      .map((v) => v.name);
  }

  /**
   * Removes what this machine has of the data of an app that another one holds now. Its passwords stay: they go with
   * the app.
   */
  async removeHere(row: AppInstallation): Promise<void> {
    await retryEngine(this.engine, async () => {
      for (const name of await this.volumesOf(row)) await this.engine.volumes.remove(name);
    });
    await removeProjectFolder(this.resolver.projectDir(row.appName));
  }

  /** @throws LeaseLostError before anything that another run or installation may own is removed */
  async remove(row: AppInstallation, lease: RowLease): Promise<void> {
    await retryEngine(this.engine, async () => {
      for (const name of await this.volumesOf(row)) {
        await this.confirm(row, lease);
        await this.engine.volumes.remove(name);
      }
    });
    await this.removeFolder(row, lease);
    await retryDatabase(() => this.secrets.forgetAll(row.appName, lease));
  }

  /**
   * Moves the folder to a name that carries the lease, and removes it once the lease is confirmed
   * after the move: a run that was overtaken before it has moved the folder of its successor, and
   * moves it back.
   * @throws LeaseLostError
   */
  async removeFolder(row: AppInstallation, lease: RowLease): Promise<void> {
    await this.confirm(row, lease);
    const folder = this.resolver.projectDir(row.appName);
    const parent = dirname(folder);
    const prefix = `.removed-${row.id}-`;
    const moved = join(parent, `${prefix}${lease.token}`);
    const isMoved = await rename(folder, moved).then(() => true, isMissing);
    try {
      await this.confirm(row, lease);
    } catch (error) {
      if (isMoved) await rename(moved, folder).catch(() => undefined);
      throw error;
    }
    for (const name of await readdir(parent).catch(() => [])) {
      if (name.startsWith(prefix)) await removeProjectFolder(join(parent, name));
    }
  }

  private async confirm(row: AppInstallation, lease: RowLease): Promise<void> {
    await lease.confirm();
    const active = await retryDatabase(() => this.store.findActive(row.appName));
    if (active && active.id !== row.id) throw new LeaseLostError(row.id);
  }
}

function isMissing(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
  throw error;
}
