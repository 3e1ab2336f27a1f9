import { Injectable, Logger } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { removeProjectFolder } from '../compose/files/bind-sources';
import { installationLabel, ownerOf } from '../engine/resource-owner';
import type { InstallStep } from '../installations/install-step.entity';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallCancelledError } from '../installations/installation.errors';
import { failureOf, UNCLAIMED } from '../installations/installation.store';
import type { RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppResolver } from '../resolver/app-resolver';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { toInstallFailure } from './install-failure';
import { InstallLedger } from './install-journal';

/** Steps whose undoing is worth reporting. */
const REPORTED: readonly InstallStep['kind'][] = ['folder', 'network', 'volume', 'container'];

/**
 * Undoes an install: the ledger in reverse, then whatever still carries the installation's label (an
 * effect that a crash kept out of the ledger). What was there before stays, and pulled images stay
 * as a cache. Can run again after a crash at any point.
 */
@Injectable()
export class RollBack {
  private readonly logger = new Logger(RollBack.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly ledger: InstallLedger,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly resolver: AppResolver,
    private readonly events: AppEventsService,
  ) {}

  /** Notes why the install failed, or that it was cancelled, and rolls it back. */
  async fail(row: AppInstallation, lease: RowLease, error: unknown): Promise<void> {
    const { id, appName } = row;
    const failure = toInstallFailure(error);
    if (failure.code === 'unexpected') {
      this.logger.error({ err: error, app: appName }, 'install failed unexpectedly');
    }
    const patch = {
      state: 'rolling-back' as const,
      phase: 'rolling-back' as const,
      failure: JSON.stringify(failure),
      cancelRequested: error instanceof InstallCancelledError || row.cancelRequested,
      attempts: 0,
    };
    await lease.update(patch);
    const { message: text, logs } = failure;
    await this.events.record(id, appName, 'phase', { phase: 'rolling-back', text, logs });
    await this.run({ ...row, ...patch }, lease);
  }

  /** Undoes everything and ends the row as failed or cancelled, with what was undone. */
  async run(row: AppInstallation, lease: RowLease): Promise<void> {
    const { id, appName } = row;
    const steps = await this.ledger.openSteps(id);
    // Containers first and side by side: networks and volumes are free only after them.
    const containers = steps.filter((step) => step.kind === 'container');
    await Promise.all(containers.map((step) => this.undo(row, step)));
    for (const step of steps) if (step.kind !== 'container') await this.undo(row, step);
    await this.removeLabelled(id);
    await retryDatabase(() => this.secrets.forgetOf(id));
    await retryDatabase(() => this.leases.release(id));
    const undone = (await this.ledger.undoneSteps(id))
      .filter(({ kind, adopted }) => !adopted && REPORTED.includes(kind))
      .map(({ kind, name }) => `${kind} ${name}`);
    const failure = failureOf(row);
    const state = failure?.code === 'install-cancelled' ? 'cancelled' : 'failed';
    await lease.update({
      state,
      phase: state,
      activeApp: null,
      failure: JSON.stringify({ ...failure, undone }),
      ...UNCLAIMED,
    });
    await this.events.record(id, appName, 'phase', { phase: state, undone });
    await this.events.trim(appName).catch(() => undefined);
  }

  private async undo(row: AppInstallation, step: InstallStep): Promise<void> {
    await retryEngine(this.engine, () => this.removeResource(row, step));
    await this.ledger.undone(step);
  }

  private async removeResource(row: AppInstallation, { kind, name }: InstallStep): Promise<void> {
    const { containers, networks, volumes } = this.engine;
    switch (kind) {
      case 'container': {
        const found = await containers.find(name);
        if (found && ownerOf(found.Config.Labels) === row.id) await containers.remove(found.Id);
        return;
      }
      case 'network': {
        const found = await networks.find(name);
        if (found && ownerOf(found.labels) === row.id) await networks.remove(found.id);
        return;
      }
      case 'volume': {
        const found = await volumes.find(name);
        if (found && ownerOf(found.labels) === row.id) await volumes.remove(found.name);
        return;
      }
      case 'folder':
        if (row.folderIsNew) await removeProjectFolder(this.resolver.projectDir(row.appName));
        return;
      case 'image':
      case 'start':
        return;
    }
  }

  private async removeLabelled(id: string): Promise<void> {
    const label = [installationLabel(id)];
    const { containers, networks, volumes } = this.engine;
    await retryEngine(this.engine, async () => {
      const foundContainers = await containers.list(label);
      await Promise.all(foundContainers.map((c) => containers.remove(c.id)));
      const foundNetworks = await networks.list(label);
      await Promise.all(foundNetworks.map((n) => networks.remove(n.id)));
      const foundVolumes = await volumes.list(label);
      await Promise.all(foundVolumes.map((v) => volumes.remove(v.name)));
    });
  }
}
