import { Injectable } from '@nestjs/common';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { settle } from '../../platform/waiting/settle';
import { SharedReads } from '../../platform/waiting/shared-reads';
import { AppNotInstalledError } from '../installations/installation.errors';
import { AppResolver } from '../resolver/app-resolver';
import type { AppInstallation } from '../installations/installation.entity';
import type { InstallFailure } from '../installations/installation-state';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppRecords, toAppRecord, type AppRecord, type AppRecordsByName } from './app-records';
import { ContainerStates, NOT_KNOWN, type ContainersByInstallation } from './container-states';
import { ContainerWatch } from './container-watch';
import { deriveAppStatus, WITHOUT_MAJORITY, type AppStatus } from './derive-app-status';

/** An app as users see it: status with cause, ports and container. */
export interface AppView {
  readonly row: AppInstallation;
  /** The name for people; the app's own where it is not known. */
  readonly title: Bilingual;
  readonly status: AppStatus;
  readonly containerName: string;
  /** Host port of the app, empty where it has none. */
  readonly port: string;
  /** Host port of its database, empty where it has none. */
  readonly dbPort: string;
  readonly failure: InstallFailure | null;
}

/** What views were made of, with the views themselves: they hold until one of these is another. */
interface Views {
  readonly records: AppRecordsByName;
  readonly containers: ContainersByInstallation;
  readonly knowledge: number;
  readonly byName: Map<string, AppView>;
  all: readonly AppView[] | null;
}

/** Reports the state of apps, never from the row alone. */
@Injectable()
export class AppStatusService {
  private readonly reads = new SharedReads();
  private views: Views | null = null;
  /** Containers that were looked at since the engine's list in use was read. */
  private inspected: { in: ContainersByInstallation; ids: Map<string, Promise<void> | true> } = {
    in: new Map(),
    ids: new Map(),
  };

  constructor(
    private readonly store: InstallationStore,
    private readonly records: AppRecords,
    private readonly states: ContainerStates,
    private readonly leases: PortLeasesService,
    private readonly watch: ContainerWatch,
    private readonly resolver: AppResolver,
  ) {}

  /**
   * From memory where that holds; nothing of it may be changed.
   * @throws AppNotInstalledError for an app that was never installed, or was uninstalled
   */
  get(appName: string): AppView | Promise<AppView> {
    return settle(this.records.current(), (records) => {
      const record = records.get(appName);
      if (record?.row.activeApp !== appName)
        return this.reads.read(`app ${appName}`, () => this.readApp(appName));
      return settle(this.states.currentOrNotKnown(), (containers) =>
        settle(this.inspect(record, containers), () => {
          const { byName } = this.viewsOf(records, containers);
          let view = byName.get(appName);
          if (!view) byName.set(appName, (view = this.view(record, containers)));
          return view;
        }),
      );
    });
  }

  /** All of them, by app name; the same list until something changed. */
  list(): readonly AppView[] | Promise<readonly AppView[]> {
    return settle(this.records.current(), (records) =>
      settle(this.states.currentOrNotKnown(), (containers) => {
        const views = this.viewsOf(records, containers);
        views.all ??= [...records.values()].map((record) => this.view(record, containers));
        return views.all;
      }),
    );
  }

  private viewsOf(records: AppRecordsByName, containers: ContainersByInstallation): Views {
    const knowledge = this.watch.version;
    const present = this.views;
    if (
      present?.records === records &&
      present.containers === containers &&
      present.knowledge === knowledge
    )
      return present;
    return (this.views = { records, containers, knowledge, byName: new Map(), all: null });
  }

  /** What no list shows: the newest installation where none counts. */
  private async readApp(appName: string): Promise<AppView> {
    const row = (await this.store.findActive(appName)) ?? (await this.store.findLatest(appName));
    if (!row || row.state === 'removed') throw new AppNotInstalledError(appName);
    const record = toAppRecord(row, await this.leases.leasesOf(row.id));
    const containers = await this.states.currentOrNotKnown();
    await this.inspect(record, containers);
    return this.view(record, containers);
  }

  /** Looks at containers whose list row leaves the cause open: once for each list of the engine. */
  private inspect(
    { row }: AppRecord,
    list: ContainersByInstallation,
  ): Promise<unknown> | undefined {
    if (row.state !== 'installed') return undefined;
    if (this.inspected.in !== list) this.inspected = { in: list, ids: new Map() };
    const { ids } = this.inspected;
    const waiting: Promise<void>[] = [];
    for (const { id } of (list.get(row.id) ?? []).filter(isTelling)) {
      if (!ids.has(id))
        ids.set(
          id,
          this.watch.refresh(id).then(() => void ids.set(id, true)),
        );
      const look = ids.get(id);
      if (look !== undefined && look !== true) waiting.push(look);
    }
    return waiting.length > 0 ? Promise.all(waiting) : undefined;
  }

  private view(record: AppRecord, list: ContainersByInstallation): AppView {
    const { row, manifest, statusRow, leases } = record;
    const containers = list.get(row.id) ?? [];
    const portOf = (key: string | null | undefined): string => String(leases[key ?? ''] ?? '');
    return {
      row,
      title: manifest?.title ?? bilingual(row.appName, row.appName),
      status:
        list === NOT_KNOWN && row.state === 'installed'
          ? WITHOUT_MAJORITY
          : deriveAppStatus(statusRow, manifest, containers, this.watch.known()),
      containerName: manifest?.mainContainer ?? this.resolver.containerName(row.appName),
      port: portOf(manifest?.mainKey),
      dbPort: portOf(manifest?.databaseKey),
      failure: statusRow.failure,
    };
  }
}

/** Containers whose list row leaves the cause open. */
function isTelling(c: ContainerSummary): boolean {
  return c.state !== 'running' || c.health === 'unhealthy';
}
