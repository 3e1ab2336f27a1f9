import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import {
  ContainerExistsError,
  ContainerOfOtherAppError,
  OrphanContainerError,
} from '../engine/container.errors';
import { installationLabel, ownerOf } from '../engine/resource-owner';
import { Home } from '../homes/home';
import type { AppInstallation } from '../installations/installation.entity';
import { AlreadyInstalledError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppResolver } from '../resolver/app-resolver';

/** Refuses an install where the app, or a container of a name that it needs, exists already. */
@Injectable()
export class ExistingAppCheck {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly resolver: AppResolver,
    private readonly home: Home,
  ) {}

  /**
   * An installation whose containers were all removed by hand is closed in favour of the new one.
   * @throws AlreadyInstalledError, ContainerExistsError, ContainerOfOtherAppError, OrphanContainerError
   */
  async refuse(appName: string, app: ResolvedApp): Promise<void> {
    const [active, containers] = await Promise.all([
      this.store.findActive(appName),
      this.engine.workloads.list(),
    ]);
    if (active) {
      const isAlive = containers.some((c) => ownerOf(c.labels) === active.id);
      if (active.state !== 'installed' || isAlive || !this.home.isHere(active.home)) {
        throw new AlreadyInstalledError(appName, active.id, active.state);
      }
      await this.close(active);
    }
    const wanted = new Set(this.resolver.containerNames(app));
    const existing = containers.find((c) => wanted.has(c.name));
    if (existing) await this.refuseContainer(appName, existing);
  }

  /** A container of ours carries our labels; one made by hand does not. */
  private async refuseContainer(appName: string, container: ContainerSummary): Promise<never> {
    const owner = ownerOf(container.labels);
    if (!owner) throw new ContainerExistsError(appName, container.name);
    const row = await this.store.findById(owner);
    throw row?.activeApp
      ? new ContainerOfOtherAppError(container.name, row.activeApp)
      : new OrphanContainerError(appName, container.name);
  }

  private async close(row: AppInstallation): Promise<void> {
    const networks = await this.engine.networks.list([installationLabel(row.id)]);
    for (const network of networks) await this.engine.networks.remove(network.id);
    const closed = await this.store.transition(row.id, ['installed'], {
      state: 'removed',
      phase: 'removed',
      activeApp: null,
    });
    if (closed) await this.leases.release(row.id);
  }
}
