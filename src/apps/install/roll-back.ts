import { Injectable, Logger } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError, isEngineFailure } from '../../platform/docker/engine.errors';
import { retryEngine } from '../../platform/docker/retry-engine';
import { installationLabel } from '../engine/resource-owner';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallCancelledError } from '../installations/installation.errors';
import type { StepKind } from '../installations/install-step.entity';
import { failureOf } from '../installations/installation.store';
import { UNCLAIMED } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppData } from './app-data';
import { maskFailure, toInstallFailure } from './install-failure';
import { InstallLedger } from './install-journal';

/** Steps whose undoing is worth reporting. */
const REPORTED: readonly StepKind[] = [
  'folder',
  'network',
  'volume',
  'config',
  'secret',
  'container',
];
/** After so many attempts a roll-back ends, and names what the engine did not remove. */
const MAX_ATTEMPTS = 5;

interface Resource {
  readonly kind: 'container' | 'network' | 'volume' | 'config' | 'secret';
  readonly name: string;
}

/**
 * Undoes an install: removes everything that carries the installation's label, and the folder if the
 * install made it. What was there before stays, and pulled images stay as a cache. Can run again after
 * a crash at any point.
 */
@Injectable()
export class RollBack {
  private readonly logger = new Logger(RollBack.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly ledger: InstallLedger,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly data: AppData,
    private readonly events: AppEventsService,
  ) {}

  /** Notes why the install failed, or that it was cancelled, and rolls it back. */
  async fail(row: AppInstallation, lease: RowLease, error: unknown, isLast = false): Promise<void> {
    const { id, appName } = row;
    const mask = await retryDatabase(() => this.secrets.maskFor(appName));
    const failure = maskFailure(toInstallFailure(error), mask);
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
    await this.run({ ...row, ...patch }, lease, isLast);
  }

  /**
   * Undoes everything and ends the row as failed or cancelled, with what was undone and what was kept.
   * @param isLast ends the row whatever the engine refuses
   * @throws EngineError while another attempt may do better
   */
  async run(
    row: AppInstallation,
    lease: RowLease,
    isLast = row.attempts >= MAX_ATTEMPTS,
  ): Promise<void> {
    const { id, appName } = row;
    const kept = await this.removeLabelled(id, isLast);
    if (row.folderIsNew) await this.data.removeFolder(row, lease);
    const steps = await this.ledger.openSteps(id);
    for (const step of steps) if (!kept.has(step.name)) await this.ledger.undone(step);
    await retryDatabase(() => this.secrets.forgetOf(id));
    await retryDatabase(() => this.leases.release(id));
    const undone = (await this.ledger.undoneSteps(id))
      .filter(({ kind, adopted }) => !adopted && REPORTED.includes(kind))
      .map(({ kind, name }) => `${kind} ${name}`);
    const report = [...undone, ...kept.values()];
    const failure = failureOf(row);
    const state = failure?.code === 'install-cancelled' ? 'cancelled' : 'failed';
    await lease.update({
      state,
      phase: state,
      activeApp: null,
      failure: JSON.stringify({ ...failure, undone: report }),
      ...UNCLAIMED,
    });
    await this.events.record(id, appName, 'phase', { phase: state, undone: report });
    await this.events.trim(appName).catch(() => undefined);
  }

  /**
   * By label and engine id, containers first: networks and volumes are free only after them.
   * @returns what is still there, by name, with the reason
   */
  private async removeLabelled(id: string, isLast: boolean): Promise<Map<string, string>> {
    const label = [installationLabel(id)];
    const { workloads, networks, volumes, files } = this.engine;
    const kept = new Map<string, string>();
    const remove = async (resource: Resource, removal: () => Promise<void>): Promise<void> => {
      try {
        await retryEngine(this.engine, removal);
      } catch (error) {
        const isInUse = isEngineFailure(error, 'network-in-use', 'volume-in-use', 'file-in-use');
        if (!(error instanceof EngineError) || (!isInUse && !isLast)) throw error;
        const { kind, name } = resource;
        kept.set(name, `kept ${kind} ${name}: ${error.text.en}`);
      }
    };
    try {
      const foundContainers = await retryEngine(this.engine, () => workloads.list(label));
      await Promise.all(
        foundContainers.map(({ id: ref, name }) =>
          remove({ kind: 'container', name }, () => workloads.remove(ref)),
        ),
      );
      for (const file of await retryEngine(this.engine, () => files.list(label)))
        await remove(file, () => files.remove(file));
      const foundNetworks = await retryEngine(this.engine, () => networks.list(label));
      for (const { id: ref, name } of foundNetworks)
        await remove({ kind: 'network', name }, () => networks.remove(ref));
      const foundVolumes = await retryEngine(this.engine, () => volumes.list(label));
      for (const { name } of foundVolumes)
        await remove({ kind: 'volume', name }, () => volumes.remove(name));
    } catch (error) {
      if (!(error instanceof EngineError) || !isLast) throw error;
      for (const { kind, name } of await this.ledger.openSteps(id))
        if (REPORTED.includes(kind)) kept.set(name, `kept ${kind} ${name}: ${error.text.en}`);
    }
    return kept;
  }
}
