import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { isEngineAway } from '../../platform/docker/retry-engine';
import type { ContainerStats, ContainerSummary, LogLine } from '../../platform/docker/engine-types';
import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import type { AppInstallation } from '../installations/installation.entity';
import { newBreakOff } from '../installations/leased-rows';
import { RowLeases, type RowLease } from '../installations/row-lease';
import { InstallationStore } from '../installations/installation.store';
import { composeLabels } from '../compose/engine/labels';
import { AppContainers } from './app-containers';

export interface ServiceStats {
  readonly service: string;
  readonly container: string;
  readonly stats: ContainerStats;
}

export interface ServiceLogLine extends LogLine {
  readonly service: string;
}

export interface LogQuery {
  readonly tail: number;
  readonly since?: Date;
  readonly service?: string;
}

const UNNUMBERED = '';

/** Start, stop, restart, logs and use of installed apps. One operation on an app at a time. */
@Injectable()
export class LifecycleService {
  constructor(
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly engine: DockerEngine,
    private readonly containers: AppContainers,
  ) {}

  /**
   * Starts what does not run, dependencies first. A container that is gone, or whose port was taken
   * meanwhile, is recreated.
   */
  async start(appName: string): Promise<void> {
    await this.hold(appName, { stopped: false }, (row, lease) =>
      this.containers.startAll(row, lease),
    );
  }

  async stop(appName: string): Promise<void> {
    // Of what failed before it says no more: the app is as it was asked to be.
    await this.hold(appName, { stopped: true, failure: null }, (row) =>
      this.containers.stopAll(row),
    );
  }

  async restart(appName: string): Promise<void> {
    await this.hold(appName, { stopped: false }, async (row, lease) => {
      await this.containers.stopAll(row);
      await this.containers.startAll(row, lease);
    });
  }

  /** Last lines of each service, merged by time. */
  async logs(appName: string, query: LogQuery): Promise<ServiceLogLine[]> {
    const containers = await this.containersOf(appName, query.service);
    const all = await Promise.all(
      containers.map(async (c) => {
        const lines = await this.engine.workloads.logs(c.id, {
          tail: query.tail,
          ...(query.since ? { since: query.since } : {}),
        });
        return lines.map((line) => ({ service: serviceOf(c), ...line }));
      }),
    );
    return all
      .flat()
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(-query.tail);
  }

  /** Passes on lines as they come until the signal aborts or all containers have ended. */
  async followLogs(
    appName: string,
    query: LogQuery,
    signal: AbortSignal,
    onLine: (line: ServiceLogLine) => void,
  ): Promise<void> {
    const containers = await this.containersOf(appName, query.service);
    await Promise.all(
      containers.map((c) =>
        this.engine.workloads
          .followLogs(
            c.id,
            { tail: query.tail, ...(query.since ? { since: query.since } : {}) },
            signal,
            (line) => onLine({ service: serviceOf(c), ...line }),
          )
          .catch((error: unknown) => {
            if (!signal.aborted) throw error;
          }),
      ),
    );
  }

  /** Current use of every running container; the engine samples it for one to two seconds. */
  async stats(appName: string): Promise<ServiceStats[]> {
    const running = (await this.containersOf(appName)).filter((c) => c.state === 'running');
    const stats = await Promise.all(
      running.map(async (c) => {
        const sample = await this.engine.workloads.stats(c.id).catch((error: unknown) => {
          if (isEngineFailure(error, 'container-not-found')) return null;
          throw error;
        });
        return sample ? [{ service: serviceOf(c), container: c.name, stats: sample }] : [];
      }),
    );
    return stats.flat();
  }

  private async containersOf(appName: string, service?: string): Promise<ContainerSummary[]> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const containers = await this.containers.list(row);
    return service ? containers.filter((c) => serviceOf(c) === service) : containers;
  }

  private async hold(
    appName: string,
    patch: { readonly stopped: boolean; readonly failure?: null },
    work: (row: AppInstallation, lease: RowLease) => Promise<void>,
  ): Promise<void> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const held = await this.rowLeases.hold(row.id, ['installed'], patch, async (lease) => {
      let begun = false;
      try {
        await this.containers.list(row);
        begun = true;
        await work(row, lease);
      } catch (error) {
        // Refused: whoever asked is told so, and what was wanted of the app before holds again.
        const half = begun && isEngineAway(error) ? newBreakOff() : {};
        const { stopped, failure } = row;
        await lease.update({ stopped, failure, ...half }).catch(() => undefined);
        throw error;
      }
    });
    if (!held) throw new AppBusyError(appName, row.state);
  }
}

function serviceOf(container: ContainerSummary): string {
  return container.labels[composeLabels.service] ?? UNNUMBERED;
}
