import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import { ownerOf } from '../engine/resource-owner';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from './port-leases.service';

/**
 * Adjusts leases to what the engine publishes, after a container of ours was recreated by hand with
 * another port. A number that another installation holds is left alone: the drift report names it.
 */
@Injectable()
export class LeaseReconciler {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
  ) {}

  /** All installed apps of this home that no run holds. */
  async reconcileAll(): Promise<void> {
    const containers = await this.engine.workloads.list([ownLabels.installation]);
    const running = containers.filter((c) => c.state === 'running');
    for (const row of await this.store.listHere()) {
      if (row.state === 'installed' && row.runToken === null) await this.follow(row.id, running);
    }
  }

  /** One app, after one of its containers has started. */
  async reconcile(installationId: string): Promise<void> {
    const row = await this.store.findById(installationId);
    if (row?.state !== 'installed' || row.runToken !== null) return;
    await this.follow(row.id, await this.engine.workloads.list([ownLabels.installation]));
  }

  /** Lets the leases of an installation follow its containers. */
  async follow(installationId: string, containers: readonly ContainerSummary[]): Promise<void> {
    const mine = containers.filter((c) => ownerOf(c.labels) === installationId);
    for (const lease of await this.leases.find(installationId)) {
      const [service, target] = splitKey(lease.leaseKey);
      const published = mine
        .filter((c) => c.labels[composeLabels.service] === service)
        .flatMap((c) => c.ports)
        .filter((p) => `${p.containerPort}/${p.protocol}` === target)
        .map((p) => p.hostPort);
      const [first] = published;
      if (first !== undefined && !published.includes(lease.port)) {
        await this.leases.move(lease, first);
      }
    }
  }
}

/** `web:80/tcp#2` → `web`, `80/tcp`. */
function splitKey(key: string): [service: string, target: string] {
  const colon = key.lastIndexOf(':');
  return [key.slice(0, colon), key.slice(colon + 1).replace(/#\d+$/, '')];
}
