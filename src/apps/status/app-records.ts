import { Injectable } from '@nestjs/common';
import type { Bilingual } from '../../platform/i18n/bilingual';
import { RememberedRead } from '../../platform/waiting/remembered-read';
import type { PortLeases } from '../compose/resolve/resolved-app';
import type { AppManifest } from '../installations/app-manifest';
import { InstallationChanges } from '../installations/installation-changes';
import type { AppInstallation } from '../installations/installation.entity';
import { failureOf, InstallationStore, manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import type { StatusRow } from './derive-app-status';

/** One installation as the database has it, its JSON parsed. */
export interface AppRecord {
  readonly row: AppInstallation;
  readonly manifest: AppManifest | null;
  readonly statusRow: StatusRow;
  readonly leases: PortLeases;
}

/** Those that a list of apps shows, by app name and in its order. */
export type AppRecordsByName = ReadonlyMap<string, AppRecord>;

/**
 * The installations of this machine, remembered so that requests for their state do not ask the
 * database: until a change is told by this process or, over Redis, by another one, and for a second
 * at most. Only rows that changed are read whole.
 */
@Injectable()
export class AppRecords {
  private readonly remembered = new RememberedRead(() => this.load());
  private rows = new Map<string, { version: string; settled: boolean; record: AppRecord }>();

  constructor(
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    changes: InstallationChanges,
  ) {
    changes.onChange(() => this.remembered.changed());
  }

  current(): AppRecordsByName | Promise<AppRecordsByName> {
    return this.remembered.current();
  }

  private async load(): Promise<AppRecordsByName> {
    const versions = await this.store.listShownVersions();
    const stale = versions.filter(({ id, version, settled }) => {
      const known = this.rows.get(id);
      return !settled || !known?.settled || known.version !== version;
    });
    const [fresh, leases] = await Promise.all([
      this.store.findByIds(stale.map(({ id }) => id)),
      this.leases.findAll(),
    ]);
    const read = new Map(fresh.map((row) => [row.id, toAppRecord(row, {})]));
    const rows: typeof this.rows = new Map();
    const byName = new Map<string, AppRecord>();
    for (const { id, version, settled } of versions) {
      const record = read.get(id) ?? this.rows.get(id)?.record;
      // An uninstall may have ended between the two reads.
      if (!record || record.row.state === 'removed') continue;
      rows.set(id, { version, settled, record });
      byName.set(record.row.appName, { ...record, leases: leases.get(id) ?? {} });
    }
    this.rows = rows;
    return byName;
  }
}

export function toAppRecord(row: AppInstallation, leases: PortLeases): AppRecord {
  const statusRow: StatusRow = {
    state: row.state,
    phase: row.phase,
    progress: row.progress,
    step: row.step === '' ? null : (JSON.parse(row.step) as Bilingual),
    stopped: Boolean(row.stopped),
    failure: failureOf(row),
  };
  return { row, manifest: manifestOf(row), statusRow, leases };
}
