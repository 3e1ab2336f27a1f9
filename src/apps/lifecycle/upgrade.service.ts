import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { currentRequestId } from '../../platform/logging/request-trace';
import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import { InstallQueue } from '../install/install.queue';
import { UpgradeData } from '../install/upgrade-data';
import { TemplateSource } from '../resolver/app-resolver';
import { InstallPreparer, type PreparedInstall } from '../resolver/install-preparer';
import type { HomeMove, PreviousVersion } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import {
  InstallationStore,
  manifestOf,
  type InstallationPatch,
} from '../installations/installation.store';
import { RowLeases } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { VersionNotKeptError } from '../resolver/template.errors';

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
    const row = await this.activeRow(appName);
    const { given: stored } = this.secrets.openVariables(row.id, row.variables);
    const name = await this.templates.nameOf(row);
    const prepared = await this.preparer.prepare(name, variables, {
      installed: true,
      stored,
      node: row.node,
      instance: row.instance,
    });
    const backupId = (await this.savesFirst(backup)) ? randomUUID() : null;
    const mark = windowMark === undefined ? {} : { windowMark };
    await this.begin(row, prepared, mark, backupId === null ? {} : { backupId });
    return { jobId: row.id, backupId };
  }

  /**
   * Prepares the version that is installed for another node; changes nothing.
   * @param node id of the one that is to run all of it; null: any
   * @throws AppNotInstalledError, AppBusyError, VersionNotKeptError …
   */
  async prepareMove(appName: string, node: string | null): Promise<PreparedInstall> {
    const row = await this.activeRow(appName);
    const { given: stored } = this.secrets.openVariables(row.id, row.variables);
    const prepared = await this.preparer.prepare(await this.templates.nameOf(row), {}, {
      installed: true,
      digest: row.templateDigest,
      stored,
      node,
      instance: row.instance,
    }); // prettier-ignore
    if (prepared.template.digest !== row.templateDigest) throw new VersionNotKeptError(appName);
    return prepared;
  }

  /**
   * Runs the app on that node: by an upgrade to the version that it has, which returns where it was when it does not
   * come up there.
   * @param homes of an app with data
   * @throws AppNotInstalledError, AppBusyError, RemoteEngineError, ResticMissingError
   */
  async move(
    appName: string,
    to: string,
    prepared: PreparedInstall,
    homes?: HomeMove,
  ): Promise<AcceptedUpgrade> {
    if (homes) await this.data.requireUsable();
    const row = await this.activeRow(appName);
    const backupId = homes ? randomUUID() : null;
    const move = { from: row.node, to, ...(homes ? { homes } : {}) };
    const about = backupId === null ? { move } : { move, backupId };
    await this.begin(row, prepared, { node: prepared.app.node ?? null }, about);
    return { jobId: row.id, backupId };
  }

  private async activeRow(appName: string): Promise<AppInstallation> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    if (row.state !== 'installed') throw new AppBusyError(appName, row.state);
    return row;
  }

  /** @throws AppBusyError */
  private async begin(
    row: AppInstallation,
    prepared: PreparedInstall,
    patch: Pick<InstallationPatch, 'node' | 'windowMark'>,
    about: Pick<PreviousVersion, 'backupId' | 'move'>,
  ): Promise<void> {
    const { id, appName } = row;
    const manifest = manifestOf(row);
    if (!manifest) throw new AppBusyError(appName, row.state);
    const held = await this.rowLeases.hold(id, ['installed'], {}, async (lease) => {
      const ports = await this.leases.leasesOf(id);
      const { stopped } = (await this.store.findById(id)) ?? row;
      await this.leases.claimMissing(id, prepared.app.ports);
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
          leaseKeys: Object.keys(ports),
          ports,
          version: row.version,
          templateDigest: row.templateDigest,
          stopped,
          ...about,
        } satisfies PreviousVersion),
        pending: this.secrets.sealVariables(id, {
          values: prepared.variables.values,
          given: prepared.given,
        }),
        version: prepared.template.metadata.version,
        templateDigest: prepared.template.digest,
        ...patch,
      });
    });
    if (!held) throw new AppBusyError(appName, row.state);
    const work = about.move ? { node: about.move.to } : {};
    await this.events.record(id, appName, 'phase', { phase: 'queued', upgrade: true, ...work });
    await this.queue.wake({ ...row, state: 'upgrading' });
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
