import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../../platform/logging/request-trace';
import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import { InstallQueue } from '../install/install.queue';
import { TemplateSource } from '../resolver/app-resolver';
import { InstallPreparer } from '../resolver/install-preparer';
import type { PreviousVersion } from '../installations/app-manifest';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { RowLeases } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';

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
  ) {}

  /** Returns the job's id. */
  async request(appName: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const manifest = manifestOf(row);
    if (!manifest) throw new AppBusyError(appName, row.state);
    const given = { ...this.secrets.openVariables(row.id, row.variables).given, ...variables };
    const name = await this.templates.nameOf(row);
    const prepared = await this.preparer.prepare(name, given, { installed: true });
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
        } satisfies PreviousVersion),
        pending: this.secrets.sealVariables(row.id, { values: prepared.variables.values, given }),
        version: prepared.template.metadata.version,
        templateDigest: prepared.template.digest,
      });
    });
    if (!held) throw new AppBusyError(appName, row.state);
    await this.events.record(row.id, appName, 'phase', { phase: 'queued', upgrade: true });
    await this.queue.wake({ ...row, state: 'upgrading' });
    return row.id;
  }
}
