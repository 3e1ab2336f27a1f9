import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { Serializer } from '../../platform/waiting/serializer';
import { toManifest } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import {
  AlreadyInstalledError,
  IdempotencyKeyReusedError,
} from '../installations/installation.errors';
import { InstallationChanges } from '../installations/installation-changes';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import type { PortLeases } from '../compose/resolve/resolved-app';
import { Home } from '../homes/home';
import { Nodes } from '../nodes/nodes.service';
import { PortAllocator, preferring, type FreePorts } from '../ports/port-allocator';
import { PortLeasesService } from '../ports/port-leases.service';
import { PreflightService } from '../preflight/preflight.service';
import { AppEventsService } from '../progress/app-events.service';
import { installationNameOf } from '../compose/template/instance';
import { AppResolver } from '../resolver/app-resolver';
import { InstallPreparer, type PreparedInstall } from '../resolver/install-preparer';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { ExistingAppCheck } from './existing-app';
import { InstallBarrier } from './install-barrier';
import { InstallQueue } from './install.queue';
import { newInstallation } from './new-installation';

export interface InstallRequest {
  /** `app` or `store/app`. */
  readonly appName: string;
  /** Beside the first installation of the app: what this one is called. */
  readonly instance?: string;
  /** What the user set, by variable name. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Id or host name of the one node that it is to run on. */
  readonly node?: string;
  /** Public id of the user. */
  readonly requestedBy: string | null;
  /** Of a restore: the backup's template, and the ports that it would like to have again. */
  readonly backup?: { readonly templateDigest: string; readonly ports: PortLeases };
}

export interface AcceptedInstall {
  readonly jobId: string;
  /** Name of the installation. */
  readonly appName: string;
  readonly containerName: string;
  readonly port: string;
  readonly dbPort: string;
}

/**
 * Accepts install requests: checks, leases ports, writes the row, answers. A worker does the rest.
 * Nothing is changed when a check fails.
 */
@Injectable()
export class InstallRequests {
  /** Ports are claimed for one request of this process at a time; the database decides between processes. */
  private readonly writes = new Serializer();

  constructor(
    private readonly dataSource: DataSource,
    private readonly preparer: InstallPreparer,
    private readonly existing: ExistingAppCheck,
    private readonly resolver: AppResolver,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly allocator: PortAllocator,
    private readonly secrets: AppSecretsService,
    private readonly events: AppEventsService,
    private readonly queue: InstallQueue,
    private readonly preflight: PreflightService,
    private readonly changes: InstallationChanges,
    private readonly barrier: InstallBarrier,
    private readonly nodes: Nodes,
    private readonly home: Home,
  ) {}

  async request(asked: InstallRequest): Promise<AcceptedInstall> {
    // Behind the name of a store stands the name that the app has everywhere else.
    const catalogName = asked.appName.split('/').at(-1) ?? '';
    const request = { ...asked, appName: installationNameOf(catalogName, asked.instance) };
    const again = await this.repeated(request);
    if (again) return this.answer(again);
    const node = await this.nodes.idOf(request.node);
    const prepared = await this.preparer.prepare(asked.appName, request.variables ?? {}, {
      ...(request.backup ? { installed: true, digest: request.backup.templateDigest } : {}),
      node,
      instance: asked.instance ?? null,
    });
    // Both run together; where both refuse, what exists already is the better answer.
    const fit = this.preflight.require(prepared);
    fit.catch(() => undefined);
    await this.existing.refuse(request.appName, prepared.app);
    await fit;
    const free = await this.allocator.findProbed(prepared.app.ports);
    const ports = preferring(free, request.backup?.ports);
    const row = await this.writes.run(() => this.write(request, prepared, ports));
    await this.changes.tellAndWait();
    await this.events.record(row.id, row.appName, 'phase', { phase: 'queued', progress: 0 });
    await this.queue.wake(row);
    return this.answer(row);
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

  private async write(
    request: InstallRequest,
    prepared: PreparedInstall,
    ports: readonly FreePorts[],
  ): Promise<AppInstallation> {
    const { appName } = request;
    const { template, variables } = prepared;
    const row = this.newRow(request, prepared);
    const secrets = Object.fromEntries(
      variables.secretNames.map((name) => [name, variables.values[name] ?? '']),
    );
    try {
      await runInTransaction(this.dataSource, async (tx) => {
        const leases = await this.leases.claim(tx, row.id, ports);
        const plan = this.resolver.plan(template, variables.values, leases, row.id, row.node);
        row.manifest = JSON.stringify(toManifest(plan));
        await this.store.insert(tx, row);
        if (!request.backup) await this.barrier.refuse(tx, appName);
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
    { variables: given = {}, idempotencyKey, requestedBy }: InstallRequest,
    { template, variables, app }: PreparedInstall,
  ): AppInstallation {
    const id = randomUUID();
    return newInstallation({
      id,
      template,
      variables: this.secrets.sealVariables(id, { values: variables.values, given }),
      idempotencyKey: idempotencyKey ?? null,
      requestedBy,
      node: app.node ?? null,
      home: this.home.nodeId,
    });
  }

  private async answer(row: AppInstallation): Promise<AcceptedInstall> {
    const manifest = manifestOf(row);
    const leases = await this.leases.leasesOf(row.id);
    const portOf = (key: string | null | undefined): string =>
      key ? String(leases[key] ?? '') : '';
    return {
      jobId: row.id,
      appName: row.appName,
      containerName: manifest?.mainContainer ?? this.resolver.containerName(row.appName),
      port: portOf(manifest?.mainKey),
      dbPort: portOf(manifest?.databaseKey),
    };
  }
}
