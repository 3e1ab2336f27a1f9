import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import {
  AlreadyInstalledError,
  AppNotUsableError,
  AppVariablesError,
  ContainerExistsError,
  ContainerOfOtherAppError,
  IdempotencyKeyReusedError,
  LeftoverContainerError,
  UnknownAppError,
} from '../errors/apps.errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import { verdictOf, type TemplateProblem } from '../compose/language/template-problem';
import { completeVariables } from '../compose/template/template-variables';
import { toManifest } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { PortAllocator } from '../ports/port-allocator';
import { PreflightService } from '../preflight/preflight.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppResolver, type PreparedInstall, TemplateSource } from '../resolver/app-resolver';
import { InstallQueue } from './install.queue';
import { newInstallation } from './new-installation';
import { installationLabel, ownerOf } from '../engine/resource-owner';

export interface InstallRequest {
  readonly appName: string;
  /** What the person set, by variable name. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Public id of who asks. */
  readonly requestedBy: string | null;
}

export interface AcceptedInstall {
  readonly jobId: string;
  readonly containerName: string;
  readonly port: string;
  readonly dbPort: string;
}

/**
 * Takes install requests: checks, leases ports, writes the row, answers. A worker does the rest.
 * Nothing is changed when a check fails.
 */
@Injectable()
export class InstallRequests {
  /** Ports are chosen for one request of this process at a time; the database decides between processes. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly templates: TemplateSource,
    private readonly resolver: AppResolver,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly allocator: PortAllocator,
    private readonly secrets: AppSecretsService,
    private readonly events: AppEventsService,
    private readonly queue: InstallQueue,
    private readonly settings: Settings,
    private readonly preflight: PreflightService,
  ) {}

  async request(request: InstallRequest): Promise<AcceptedInstall> {
    const again = await this.repeated(request);
    if (again) return this.answer(again);
    const prepared = await this.prepare(request.appName, request.variables ?? {});
    // Looked at together; where both object, what exists already is the better answer.
    const fit = this.preflight.require(prepared);
    fit.catch(() => undefined);
    await this.refuseExisting(request.appName, prepared.app);
    await fit;
    const row = await this.inTurn(() => this.write(request, prepared));
    await this.events.record(row.id, row.appName, 'phase', { phase: 'queued', progress: 0 });
    await this.queue.nudge(row.id);
    return this.answer(row);
  }

  /** Finds and resolves the template; throws where it cannot be installed with these values. */
  async prepare(
    appName: string,
    given: Readonly<Record<string, string>>,
  ): Promise<PreparedInstall> {
    const template = await this.templates.find(appName);
    if (!template) throw new UnknownAppError(appName);
    refuseUnusable(appName, template.problems);
    const variables = completeVariables(template, given, await this.secrets.findKept(appName));
    if (variables.problems.length > 0) throw new AppVariablesError(variables.problems);
    const app = this.resolver.resolve(template, variables.values);
    refuseUnusable(appName, app.problems);
    return { template, variables, app };
  }

  private async repeated({
    idempotencyKey,
    appName,
  }: InstallRequest): Promise<AppInstallation | null> {
    if (!idempotencyKey) return null;
    const row = await this.store.findByIdempotencyKey(idempotencyKey);
    if (row && row.appName !== appName) throw new IdempotencyKeyReusedError();
    return row;
  }

  /** A row that counts, or a container of that name: in both cases the answer names what is there. */
  private async refuseExisting(appName: string, app: ResolvedApp): Promise<void> {
    const [active, containers] = await Promise.all([
      this.store.findActive(appName),
      this.engine.containers.list(),
    ]);
    if (active) {
      const alive = containers.some((c) => ownerOf(c.labels) === active.id);
      if (active.state !== 'installed' || alive) {
        throw new AlreadyInstalledError(appName, active.id, active.state);
      }
      await this.forget(active);
    }
    const wanted = new Set(this.resolver.containerNames(app));
    const existing = containers.find((c) => wanted.has(c.name));
    if (existing) await this.refuseContainer(appName, existing);
  }

  /** Says whose it is: our labels tell a container of ours from one that somebody made by hand. */
  private async refuseContainer(appName: string, container: ContainerSummary): Promise<never> {
    const owner = ownerOf(container.labels);
    if (!owner) throw new ContainerExistsError(appName, container.name);
    const row = await this.store.findById(owner);
    throw row?.activeApp
      ? new ContainerOfOtherAppError(container.name, row.activeApp)
      : new LeftoverContainerError(appName, container.name);
  }

  /** All its containers were removed by hand: the row gives way to a new install of the same data. */
  private async forget(row: AppInstallation): Promise<void> {
    const networks = await this.engine.networks.list([installationLabel(row.id)]);
    for (const network of networks) await this.engine.networks.remove(network.id);
    const closed = await this.store.transition(row.id, ['installed'], {
      state: 'removed',
      phase: 'removed',
      activeApp: null,
    });
    if (closed) await this.leases.release(row.id);
  }

  private async write(
    request: InstallRequest,
    prepared: PreparedInstall,
  ): Promise<AppInstallation> {
    const { appName } = request;
    const { template, variables, app } = prepared;
    const offers = await this.allocator.probed(app.ports);
    const row = this.newRow(request, prepared);
    const secrets = Object.fromEntries(
      variables.secretNames.map((name) => [name, variables.values[name] ?? '']),
    );
    try {
      await runInTransaction(this.dataSource, async (tx) => {
        const leases = await this.leases.claim(tx, row.id, offers);
        const plan = this.resolver.plan(template, variables.values, leases, row.id);
        row.manifest = JSON.stringify(toManifest(plan.app, plan.containers));
        await this.store.insert(tx, row);
        await this.secrets.keep(tx, appName, row.id, secrets);
      });
      return row;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const again = await this.repeated(request);
      if (again) return again;
      const active = await this.store.findActive(appName);
      throw active ? new AlreadyInstalledError(appName, active.id, active.state) : error;
    }
  }

  private newRow(
    { appName, variables: given = {}, idempotencyKey, requestedBy }: InstallRequest,
    { template, variables }: PreparedInstall,
  ): AppInstallation {
    const id = randomUUID();
    return newInstallation({
      id,
      appName,
      node: this.settings.nodeName,
      template,
      variables: this.secrets.sealVariables(id, { values: variables.values, given }),
      idempotencyKey: idempotencyKey ?? null,
      requestedBy,
    });
  }

  private async answer(row: AppInstallation): Promise<AcceptedInstall> {
    const manifest = manifestOf(row);
    const leases = await this.leases.leasesOf(row.id);
    const portOf = (key: string | null | undefined): string =>
      key ? String(leases[key] ?? '') : '';
    return {
      jobId: row.id,
      containerName: manifest?.mainContainer ?? this.resolver.containerName(row.appName),
      port: portOf(manifest?.mainKey),
      dbPort: portOf(manifest?.databaseKey),
    };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

function refuseUnusable(appName: string, problems: readonly TemplateProblem[]): void {
  if (verdictOf(problems) === 'usable') return;
  throw new AppNotUsableError(
    appName,
    problems
      .filter((problem) => problem.kind !== 'note')
      .map((problem) => ({
        field: `${problem.code}${problem.line === null ? '' : ` (${problem.file ?? ''}:${problem.line})`}`,
        message: problem.message,
      })),
  );
}
