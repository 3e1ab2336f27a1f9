import { Injectable } from '@nestjs/common';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import type { Bilingual } from '../../platform/i18n/bilingual';
import { SharedReads } from '../../platform/waiting/shared-reads';
import { AppNotInstalledError } from '../installations/installation.errors';
import { AppResolver } from '../resolver/app-resolver';
import type { AppInstallation } from '../installations/installation.entity';
import type { InstallFailure } from '../installations/installation-state';
import { failureOf, InstallationStore, manifestOf } from '../installations/installation.store';
import type { PortLease } from '../ports/port-lease.entity';
import { PortLeasesService } from '../ports/port-leases.service';
import { ContainerStates } from './container-states';
import { ContainerWatch } from './container-watch';
import { deriveAppStatus, type AppStatus, type StatusRow } from './derive-app-status';

/** An app as users see it: status with cause, ports and container. */
export interface AppView {
  readonly row: AppInstallation;
  readonly status: AppStatus;
  readonly containerName: string;
  /** Host port of the app, empty where it has none. */
  readonly port: string;
  /** Host port of its database, empty where it has none. */
  readonly dbPort: string;
  readonly failure: InstallFailure | null;
}

/** Reports the state of apps, never from the row alone. */
@Injectable()
export class AppStatusService {
  private readonly reads = new SharedReads();

  constructor(
    private readonly store: InstallationStore,
    private readonly states: ContainerStates,
    private readonly leases: PortLeasesService,
    private readonly watch: ContainerWatch,
    private readonly resolver: AppResolver,
  ) {}

  /**
   * Concurrent calls share one read that begins after each of them; nothing of it may be changed.
   * @throws AppNotInstalledError for an app that was never installed, or was uninstalled
   */
  get(appName: string): Promise<AppView> {
    return this.reads.read(`app ${appName}`, () => this.readApp(appName));
  }

  /** All of them, by app name. Shared like `get`. */
  list(): Promise<readonly AppView[]> {
    return this.reads.read('all', () => this.readAll());
  }

  private async readApp(appName: string): Promise<AppView> {
    const row = (await this.store.findActive(appName)) ?? (await this.store.findLatest(appName));
    if (!row || row.state === 'removed') throw new AppNotInstalledError(appName);
    const [containersOf, leases] = await Promise.all([
      this.states.current(),
      this.leases.find(row.id),
    ]);
    const containers = containersOf.get(row.id) ?? [];
    if (row.state === 'installed') {
      await Promise.all(containers.filter(isTelling).map((c) => this.watch.refresh(c.id)));
    }
    return this.view(row, containers, leases);
  }

  private async readAll(): Promise<AppView[]> {
    const rows = await this.store.listShown();
    const [containersOf, leases] = await Promise.all([
      this.states.current(),
      this.leases.findAll(rows.map((row) => row.id)),
    ]);
    const leasesOf = new Map<string, PortLease[]>();
    for (const lease of leases) {
      const own = leasesOf.get(lease.installationId);
      if (own) own.push(lease);
      else leasesOf.set(lease.installationId, [lease]);
    }
    return rows.map((row) =>
      this.view(row, containersOf.get(row.id) ?? [], leasesOf.get(row.id) ?? []),
    );
  }

  private view(
    row: AppInstallation,
    containers: readonly ContainerSummary[],
    leases: readonly PortLease[],
  ): AppView {
    const manifest = manifestOf(row);
    const portOf = (key: string | null | undefined): string =>
      String(leases.find((lease) => lease.leaseKey === key)?.port ?? '');
    return {
      row,
      status: deriveAppStatus(toStatusRow(row), manifest, containers, this.watch.known()),
      containerName: manifest?.mainContainer ?? this.resolver.containerName(row.appName),
      port: portOf(manifest?.mainKey),
      dbPort: portOf(manifest?.databaseKey),
      failure: failureOf(row),
    };
  }
}

/** Containers whose list row leaves the cause open. */
function isTelling(c: ContainerSummary): boolean {
  return c.state !== 'running' || c.health === 'unhealthy';
}

function toStatusRow(row: AppInstallation): StatusRow {
  return {
    state: row.state,
    phase: row.phase,
    progress: row.progress,
    step: row.step === '' ? null : (JSON.parse(row.step) as Bilingual),
    stopped: Boolean(row.stopped),
    failure: failureOf(row),
  };
}
