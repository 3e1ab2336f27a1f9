import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { ownLabels } from '../compose/engine/labels';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppFolders } from './app-folders';
import { AppResolver } from '../resolver/app-resolver';
import { retryDatabase, retryEngine } from '../engine/retry-policy';
import { installationLabel } from '../engine/resource-owner';

const DEFAULT_STOP_SECONDS = 10;

/**
 * Removes an installed app by ownership: what carries the installation's label, nothing else.
 * Volumes and the app's folder stay unless the data is to go too. Can run again after a crash.
 */
@Injectable()
export class AppRemover {
  constructor(
    private readonly engine: DockerEngine,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly folders: AppFolders,
    private readonly resolver: AppResolver,
  ) {}

  /** Throws the engine's error when something will not stop; what is gone by then stays gone. */
  async remove(row: AppInstallation, removeData: boolean): Promise<void> {
    const label = [installationLabel(row.id)];
    await retryEngine(this.engine, async () => {
      const containers = await this.engine.containers.list(label);
      await this.stopAll(row, containers);
      await Promise.all(containers.map((c) => this.engine.containers.remove(c.id)));
      const networks = await this.engine.networks.list(label);
      await Promise.all(networks.map((n) => this.removeNetwork(n.id)));
    });
    if (removeData) await this.removeData(row);
    await retryDatabase(() => this.leases.release(row.id));
  }

  /** Volumes of the app's own, whichever installation made them, its folder and its secrets. */
  async removeData(row: AppInstallation): Promise<void> {
    await retryEngine(this.engine, async () => {
      const volumes = await this.volumesOf(row);
      await Promise.all(volumes.map((name) => this.engine.volumes.remove(name)));
    });
    await this.folders.remove(this.resolver.projectDir(row.appName));
    await retryDatabase(() => this.secrets.forgetAll(row.appName));
  }

  /** Names of the volumes that hold the app's data and carry its label. */
  async volumesOf(row: AppInstallation): Promise<string[]> {
    const mine = new Set(manifestOf(row)?.volumes ?? []);
    const labelled = await this.engine.volumes.list([`${ownLabels.app}=${row.appName}`]);
    return labelled
      .filter((v) => mine.has(v.name) || v.labels[ownLabels.installation] === row.id)
      .map((v) => v.name);
  }

  /** All side by side, each with its own grace: a process that ignores TERM costs its grace once. */
  async stopAll(row: AppInstallation, containers: readonly ContainerSummary[]): Promise<void> {
    const grace = new Map(
      (manifestOf(row)?.containers ?? []).map((c) => [c.name, c.stopSeconds] as const),
    );
    const results = await Promise.allSettled(
      containers
        .filter((c) => c.state === 'running' || c.state === 'restarting' || c.state === 'paused')
        .map((c) => this.engine.containers.stop(c.id, grace.get(c.name) ?? DEFAULT_STOP_SECONDS)),
    );
    const failure = results.find(
      (result) =>
        result.status === 'rejected' && !isEngineFailure(result.reason, 'container-not-found'),
    );
    if (failure?.status === 'rejected') throw failure.reason;
  }

  /** Somebody attached a container of theirs: the network then stays with it. */
  private async removeNetwork(id: string): Promise<void> {
    try {
      await this.engine.networks.remove(id);
    } catch (error) {
      if (!isEngineFailure(error, 'network-in-use')) throw error;
    }
  }
}
