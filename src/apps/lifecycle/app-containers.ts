import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { AppRepair } from '../drift/app-repair';
import { ContainerStarter } from '../engine/container-starter';
import { installationLabel } from '../engine/resource-owner';
import { runGraph } from '../engine/run-graph';
import { AppRemover } from '../install/app-remover';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import type { RowLease } from '../installations/row-lease';

/** Starts and stops all containers of an installed app; the caller holds its lease. */
@Injectable()
export class AppContainers {
  constructor(
    private readonly engine: DockerEngine,
    private readonly starter: ContainerStarter,
    private readonly remover: AppRemover,
    private readonly repair: AppRepair,
  ) {}

  /**
   * Dependencies first. A container that is gone, or whose port was taken meanwhile, is recreated.
   */
  async startAll(row: AppInstallation, lease: RowLease): Promise<void> {
    const expected = manifestOf(row)?.containers ?? [];
    const present = new Set((await this.list(row)).map((c) => c.name));
    if (!expected.every((c) => c.oneShot || present.has(c.name))) {
      return this.repair.recreate(row, lease);
    }
    try {
      await runGraph(new Map(expected.map((c) => [c.name, c.waitsFor ?? []])), async (name) => {
        if (!present.has(name)) return;
        await this.starter.start(name);
        await this.engine.workloads.untilStarted(name);
      });
    } catch (error) {
      if (!isEngineFailure(error, 'port-taken', 'network-missing', 'container-not-found'))
        throw error;
      await this.repair.recreate(row, lease);
    }
  }

  async stopAll(row: AppInstallation): Promise<void> {
    await this.remover.stopAll(row, await this.list(row));
  }

  list(row: AppInstallation): Promise<ContainerSummary[]> {
    return this.engine.workloads.list([installationLabel(row.id)]);
  }
}
