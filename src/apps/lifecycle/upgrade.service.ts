import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { currentRequestId } from '../../platform/logging/request-trace';
import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import { InstallQueue } from '../install/install.queue';
import { UpgradeData } from '../install/upgrade-data';
import { TemplateSource } from '../resolver/app-resolver';
import { InstallPreparer } from '../resolver/install-preparer';
import type { PreviousVersion } from '../installations/app-manifest';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { RowLeases } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';

export interface AcceptedUpgrade {
  readonly jobId: string;
  /** The backup that it begins with; null: it goes without. */
  readonly backupId: string | null;
}

/** Takes upgrade requests: to the template as it is now, with other values where given. A worker does the rest. */
@Injectable()
export class UpgradeService {
  constructor(
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly templates: TemplateSource,
    private readonly preparer: InstallPreparer,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly events: AppEventsService,
    private readonly queue: InstallQueue,
    private readonly data: UpgradeData,
  ) {}

  /**
   * @param backup whether it begins with a verified backup, and the data come back where it fails; by default
   * wherever this server can make backups
   * @param windowMark of the update, where its window begins it: says for ever that it did
   * @throws AppNotInstalledError, AppBusyError, RemoteEngineError, ResticMissingError …
   */
  async request(
    appName: string,
    variables: Readonly<Record<string, string>>,
    backup?: boolean,
    windowMark?: string,
  ): Promise<AcceptedUpgrade> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const manifest = manifestOf(row);
    if (!manifest) throw new AppBusyError(appName, row.state);
    const { given: stored } = this.secrets.openVariables(row.id, row.variables);
    const name = await this.templates.nameOf(row);
    const prepared = await this.preparer.prepare(name, variables, {
      installed: true,
      stored,
      node: row.node,
      instance: row.instance,
    });
    const backupId = (await this.savesFirst(backup)) ? randomUUID() : null;
    const held = await this.rowLeases.hold(row.id, ['installed'], {}, async (lease) => {
      const leaseKeys = (await this.leases.find(row.id)).map((lease) => lease.leaseKey);
      await this.leases.claimMissing(row.id, prepared.app.ports);
      await lease.update({
        state: 'upgrading',
        phase: 'queued',
        progress: 0,
        requestId: currentRequestId() ?? null,
        attempts: 0,
        cancelRequested: false,
        failure: null,
        previous: JSON.stringify({
          manifest,
          leaseKeys,
          version: row.version,
          templateDigest: row.templateDigest,
          ...(backupId === null ? {} : { backupId }),
        } satisfies PreviousVersion),
        pending: this.secrets.sealVariables(row.id, {
          values: prepared.variables.values,
          given: prepared.given,
        }),
        version: prepared.template.metadata.version,
        templateDigest: prepared.template.digest,
        ...(windowMark === undefined ? {} : { windowMark }),
      });
    });
    if (!held) throw new AppBusyError(appName, row.state);
    await this.events.record(row.id, appName, 'phase', { phase: 'queued', upgrade: true });
    await this.queue.wake({ ...row, state: 'upgrading' });
    return { jobId: row.id, backupId };
  }

  private async savesFirst(backup: boolean | undefined): Promise<boolean> {
    if (backup === false) return false;
    try {
      await this.data.requireUsable();
      return true;
    } catch (error) {
      if (backup || !(error instanceof DomainError)) throw error;
      return false;
    }
  }
}
