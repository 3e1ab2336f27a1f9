import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import type { PortLeases, PortRequest } from '../compose/resolve/resolved-app';
import { catalogNameOf } from '../compose/template/instance';
import { AppResolver, type InstallPlan } from '../resolver/app-resolver';
import { Home } from '../homes/home';
import { AppFiles, type ReadyContainer } from '../install/app-files';
import { newInstallation } from '../install/new-installation';
import { InstallPreparer, type PreparedInstall } from '../resolver/install-preparer';
import { SPEC_LABEL, withSpecLabel } from '../engine/resource-owner';
import { toManifest } from '../installations/app-manifest';
import { InstallationChanges } from '../installations/installation-changes';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppSecretsService } from '../secrets/app-secrets.service';

/** Containers of one installation whose row is lost. */
export interface Orphan {
  readonly installationId: string;
  readonly appName: string;
  readonly containers: readonly ContainerSummary[];
}

interface Adoptable {
  readonly prepared: PreparedInstall;
  readonly plan: InstallPlan;
  readonly leases: PortLeases;
  /** On which it was to be installed; null: on any. */
  readonly node: string | null;
}

type Bindings = Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Adopts containers whose installation is no longer in the database: only where the template, with
 * the kept passwords, gives exactly what runs. Any other row would be wrong.
 */
@Injectable()
export class OrphanAdoption {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly preparer: InstallPreparer,
    private readonly resolver: AppResolver,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly changes: InstallationChanges,
    private readonly home: Home,
    private readonly files: AppFiles,
  ) {}

  private get isSwarm(): boolean {
    return this.engine.orchestrator === 'swarm';
  }

  /** Why it cannot be adopted, or null where it can. Changes nothing. */
  async obstacle(orphan: Orphan): Promise<Bilingual | null> {
    const found = await this.examine(orphan);
    return 'plan' in found ? null : found;
  }

  /** Writes row, leases and secrets again. Null when done, else why not. */
  async adopt(orphan: Orphan): Promise<Bilingual | null> {
    const found = await this.examine(orphan);
    if (!('plan' in found)) return found;
    const { installationId, appName } = orphan;
    const { prepared, plan, leases, node } = found;
    const { variables, template } = prepared;
    const row = {
      ...newInstallation({
        id: installationId,
        template,
        home: this.home.nodeId,
        node,
        variables: this.secrets.sealVariables(installationId, {
          values: variables.values,
          given: {},
        }),
      }),
      state: 'installed' as const,
      phase: 'running' as const,
      progress: 100,
      manifest: JSON.stringify(toManifest(plan)),
    };
    const secrets = Object.fromEntries(
      variables.secretNames.map((name) => [name, variables.values[name] ?? '']),
    );
    await runInTransaction(this.dataSource, async (tx) => {
      await this.leases.claimExactly(tx, installationId, plan.app.ports, leases);
      await this.store.insert(tx, row);
      await this.secrets.keep(tx, appName, installationId, secrets);
    });
    await this.changes.tellAndWait();
    return null;
  }

  private async elsewhereText({ name, pinnedTo = '' }: ContainerSummary): Promise<Bilingual> {
    const { name: node } = await this.home.named(pinnedTo);
    return bilingual(
      `容器 ${name} 的数据在节点 ${node} 上，请在那里的服务器上修复`,
      `the data of container ${name} lie on node ${node}: repair it with the server there`,
    );
  }

  private async tracesOf(container: ContainerSummary): Promise<Traces> {
    const { id, name, labels, ports } = container;
    if (this.isSwarm) {
      const published = ports.map((p) => [`${p.containerPort}/${p.protocol}`, p.hostPort] as const);
      return { name, labels, published: new Map(published) };
    }
    // A list shows no ports of one that does not run.
    const { Config, HostConfig } = await this.engine.containers.inspect(id);
    const bindings = Object.entries((HostConfig.PortBindings ?? {}) as Bindings);
    const published = bindings.map(([port, to]) => [port, Number(to?.[0]?.HostPort)] as const);
    return { name, labels: Config.Labels, published: new Map(published) };
  }

  private async examine(orphan: Orphan): Promise<Adoptable | Bilingual> {
    const { installationId, appName, containers } = orphan;
    if (!UUID.test(installationId)) {
      return bilingual('其标签不是本系统所写', 'its label was not written by this server');
    }
    const known = await this.store.findById(installationId);
    if (known) {
      return bilingual(
        `其安装任务 ${installationId} 已经结束（${known.state}）`,
        `its installation ${installationId} is over (${known.state})`,
      );
    }
    const active = await this.store.findActive(appName);
    if (active) {
      return bilingual(
        `应用 ${appName} 已另行安装（任务 ${active.id}）`,
        `app ${appName} was installed again (job ${active.id})`,
      );
    }
    try {
      const instance = containers[0]?.labels[ownLabels.instance] ?? null;
      const name = catalogNameOf({ appName, instance });
      const prepared = await this.preparer.prepare(name, {}, { installed: true, instance });
      const elsewhere = containers.find((c) => hasData(c) && !this.home.isHere(c.pinnedTo ?? null));
      if (elsewhere && this.isSwarm) return await this.elsewhereText(elsewhere);
      const traces = await Promise.all(containers.map((c) => this.tracesOf(c)));
      const published = publishedPorts(prepared.app.ports, traces);
      if (!('leases' in published)) return published.missing;
      const { leases } = published;
      const { values } = prepared.variables;
      let difference: Bilingual | null = null;
      // An app that somebody installed on a certain node was planned for that node.
      for (const node of new Set([null, containers[0]?.pinnedTo ?? null])) {
        const plan = this.resolver.plan(prepared.template, values, leases, installationId, node);
        const planned = await this.files.present(installationId, plan);
        difference = planned ? differenceOf(planned, traces) : FILES_MISSING;
        if (!difference) return { prepared, plan, leases, node };
      }
      return difference ?? FILES_MISSING;
    } catch (error) {
      if (error instanceof DomainError) return error.text;
      throw error;
    }
  }
}

/** What a container shows of how it was made. */
interface Traces {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By port and protocol in the container, e.g. `8080/tcp`. */
  readonly published: ReadonlyMap<string, number>;
}

const FILES_MISSING = bilingual(
  'Swarm 中缺少该应用的配置或密钥',
  'the Swarm lacks a config or secret of the app',
);

function hasData({ volumes }: ContainerSummary): boolean {
  return volumes.length > 0;
}

/** The host ports that the containers were made with, by the key under which they would be leased. */
function publishedPorts(
  wanted: readonly PortRequest[],
  containers: readonly Traces[],
): { readonly leases: PortLeases } | { readonly missing: Bilingual } {
  const leases: Record<string, number> = {};
  for (const port of wanted) {
    const { service, replica, containerPort, protocol } = port;
    const container = containers.find(
      ({ labels }) =>
        labels[composeLabels.service] === service &&
        labels[composeLabels.containerNumber] === String(replica),
    );
    const number = container?.published.get(`${containerPort}/${protocol}`) ?? 0;
    if (!(number > 0)) {
      return {
        missing: bilingual(
          `服务 ${service} 没有发布端口 ${containerPort}/${protocol}`,
          `service ${service} does not publish its port ${containerPort}/${protocol}`,
        ),
      };
    }
    leases[port.key] = number;
  }
  return { leases };
}

/** Null where each of them was made from exactly what the plan says. */
function differenceOf(
  containers: readonly ReadyContainer[],
  found: readonly Traces[],
): Bilingual | null {
  const planned = new Map(containers.map((c) => [c.name, withSpecLabel(c, c.serviceFiles)]));
  for (const { name, labels } of found) {
    const expected = planned.get(name);
    if (!expected) {
      return bilingual(`模板中没有容器 ${name}`, `the template has no container ${name}`);
    }
    if (expected.body.Labels[SPEC_LABEL] !== labels[SPEC_LABEL]) {
      return bilingual(
        `容器 ${name} 的设置与模板现在得出的不同（模板已变，或密码、参数已随记录丢失）`,
        `container ${name} was made from other settings than its template gives now (the template changed, or passwords or values were lost with the record)`,
      );
    }
  }
  return null;
}
