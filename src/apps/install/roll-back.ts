import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { AppResolver } from '../resolver/app-resolver';
import { InstallStep } from '../installations/install-step.entity';
import type { AppInstallation } from '../installations/installation.entity';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppFolders } from './app-folders';
import { Ledger } from './ledger';
import { retryDatabase, retryEngine } from '../engine/retry-policy';
import { installationLabel, ownerOf } from '../engine/resource-owner';

/** Readable names of what was taken back. */
const KIND_TEXT: Readonly<Record<InstallStep['kind'], string | null>> = {
  folder: 'folder',
  image: null,
  network: 'network',
  volume: 'volume',
  container: 'container',
  start: null,
};

/**
 * Takes an install back: the ledger in reverse, then whatever still carries the installation's
 * label (an effect whose ledger entry the crash came before). Things that were there before stay,
 * pulled images stay as a cache. Can run again after a crash at any point.
 */
@Injectable()
export class RollBack {
  constructor(
    private readonly engine: DockerEngine,
    private readonly ledger: Ledger,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly folders: AppFolders,
    private readonly resolver: AppResolver,
  ) {}

  /** Returns what was undone, over all runs, in order. */
  async run(row: AppInstallation): Promise<string[]> {
    const steps = await retryDatabase(() => this.ledger.openSteps(row.id));
    // Containers first and side by side: networks and volumes are free only after them.
    const containers = steps.filter((step) => step.kind === 'container');
    await Promise.all(containers.map((step) => this.undo(row, step)));
    for (const step of steps) if (step.kind !== 'container') await this.undo(row, step);
    await this.sweep(row);
    await retryDatabase(() => this.secrets.forgetOf(row.id));
    await retryDatabase(() => this.leases.release(row.id));
    const undone = await retryDatabase(() => this.ledger.undoneSteps(row.id));
    return undone.flatMap((step) => {
      const kind = step.adopted ? null : KIND_TEXT[step.kind];
      return kind === null ? [] : [`${kind} ${step.name}`];
    });
  }

  private async undo(row: AppInstallation, step: InstallStep): Promise<void> {
    await retryEngine(this.engine, () => this.effect(row, step));
    await retryDatabase(() => this.ledger.undone(step));
  }

  private async effect(row: AppInstallation, step: InstallStep): Promise<void> {
    switch (step.kind) {
      case 'container': {
        const found = await this.engine.containers.find(step.name);
        if (found && ownerOf(found.Config.Labels) === row.id) {
          await this.engine.containers.remove(found.Id);
        }
        return;
      }
      case 'network': {
        const found = await this.engine.networks.find(step.name);
        if (found && ownerOf(found.labels) === row.id) await this.engine.networks.remove(found.id);
        return;
      }
      case 'volume': {
        const found = await this.engine.volumes.find(step.name);
        if (found && ownerOf(found.labels) === row.id) await this.engine.volumes.remove(found.name);
        return;
      }
      case 'folder':
        if (row.folderIsNew) await this.folders.remove(this.resolver.projectDir(row.appName));
        return;
      case 'image':
      case 'start':
        return;
    }
  }

  private async sweep(row: AppInstallation): Promise<void> {
    const label = [installationLabel(row.id)];
    await retryEngine(this.engine, async () => {
      const containers = await this.engine.containers.list(label);
      await Promise.all(containers.map((c) => this.engine.containers.remove(c.id)));
      const networks = await this.engine.networks.list(label);
      await Promise.all(networks.map((n) => this.engine.networks.remove(n.id)));
      const volumes = await this.engine.volumes.list(label);
      await Promise.all(volumes.map((v) => this.engine.volumes.remove(v.name)));
    });
  }
}
