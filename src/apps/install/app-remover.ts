import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { isEngineAway, retryEngine } from '../../platform/docker/retry-engine';
import { settleAll } from '../../platform/waiting/settle-all';
import { expectedContainer } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import { newBreakOff, UNCLAIMED } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppData } from './app-data';
import { toInstallFailure } from './install-failure';
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
    private readonly data: AppData,
    private readonly events: AppEventsService,
  ) {}

  /**
   * Removes the app and ends its row. What is gone when something will not stop stays gone.
   * @throws EngineError when something will not stop
   * @throws LeaseLostError
   */
  async uninstall(row: AppInstallation, lease: RowLease, removeData: boolean): Promise<void> {
    const label = [installationLabel(row.id)];
    await retryEngine(this.engine, async () => {
      const containers = await this.engine.workloads.list(label);
      await this.stopAll(row, containers);
      await Promise.all(containers.map((c) => this.engine.workloads.remove(c.id)));
      const files = await this.engine.files.list(label);
      await Promise.all(files.map((file) => this.engine.files.remove(file)));
      const networks = await this.engine.networks.list(label);
      await Promise.all(networks.map((n) => this.removeNetwork(n.id)));
    });
    if (removeData) await this.data.remove(row, lease);
    await retryDatabase(() => this.leases.release(row.id));
    await lease.update({ state: 'removed', phase: 'removed', activeApp: null, ...UNCLAIMED });
    await this.events.record(row.id, row.appName, 'phase', { phase: 'removed', removeData });
  }

  /**
   * Ends an uninstall that failed: the app counts as installed again, with the cause. Where the engine was away what
   * was stopped is started again once it is back.
   */
  async giveUp(row: AppInstallation, lease: RowLease, cause: unknown): Promise<void> {
    await lease.update({
      state: 'installed',
      phase: 'running',
      step: '',
      attempts: 0,
      failure: JSON.stringify(toInstallFailure(cause)),
      ...(isEngineAway(cause) ? newBreakOff() : UNCLAIMED),
    });
    await this.events.record(row.id, row.appName, 'phase', { phase: 'running' });
  }

  /** All side by side, each with its own grace: a process that ignores TERM costs its grace once. */
  async stopAll(row: AppInstallation, containers: readonly ContainerSummary[]): Promise<void> {
    const manifest = manifestOf(row);
    const graceOf = (container: ContainerSummary): number =>
      (manifest && expectedContainer(manifest, container)?.stopSeconds) ?? DEFAULT_STOP_SECONDS;
    const stopOne = async (container: ContainerSummary): Promise<void> => {
      try {
        await this.engine.workloads.stop(container.id, graceOf(container));
      } catch (error) {
        if (!isEngineFailure(error, 'container-not-found')) throw error;
      }
    };
    const up = new Set(['running', 'restarting', 'paused']);
    await settleAll(containers.filter(({ state }) => up.has(state)).map(stopOne));
  }

  /** A network with a foreign container attached stays. */
  async removeNetwork(id: string): Promise<void> {
    try {
      await this.engine.networks.remove(id);
    } catch (error) {
      if (!isEngineFailure(error, 'network-in-use')) throw error;
    }
  }
}
