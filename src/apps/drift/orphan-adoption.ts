import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerDetails, ContainerSummary } from '../../platform/docker/engine-types';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import type { PortLeases, PortRequest } from '../compose/resolve/resolved-app';
import { catalogNameOf } from '../compose/template/instance';
import { AppResolver, type InstallPlan } from '../resolver/app-resolver';
import { Home } from '../homes/home';
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
}

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
  ) {}

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
    const { prepared, plan, leases } = found;
    const { variables, template } = prepared;
    const row = {
      ...newInstallation({
        id: installationId,
        template,
        home: this.home.nodeId,
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

  private async examine(orphan: Orphan): Promise<Adoptable | Bilingual> {
    const { installationId, appName, containers } = orphan;
    if (this.engine.orchestrator === 'swarm') {
      return bilingual('Swarm 的服务还不能重新接管', 'services of a Swarm cannot be adopted yet');
    }
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
      const details = new Map<string, ContainerDetails>();
      for (const c of containers) details.set(c.name, await this.engine.containers.inspect(c.id));
      const leases = publishedPorts(prepared.app.ports, [...details.values()]);
      if (!('leases' in leases)) return leases.missing;
      const { values } = prepared.variables;
      const plan = this.resolver.plan(prepared.template, values, leases.leases, installationId);
      return differenceOf(plan, details) ?? { prepared, plan, leases: leases.leases };
    } catch (error) {
      if (error instanceof DomainError) return error.text;
      throw error;
    }
  }
}

/** The host ports that the containers were made with, by the key under which they would be leased. */
function publishedPorts(
  wanted: readonly PortRequest[],
  containers: readonly ContainerDetails[],
): { readonly leases: PortLeases } | { readonly missing: Bilingual } {
  const leases: Record<string, number> = {};
  for (const port of wanted) {
    const { service, replica, containerPort, protocol } = port;
    const container = containers.find(
      ({ Config: { Labels: labels } }) =>
        labels[composeLabels.service] === service &&
        labels[composeLabels.containerNumber] === String(replica),
    );
    const bindings = (container?.HostConfig.PortBindings ?? {}) as Record<
      string,
      { HostPort?: string }[] | null
    >;
    const number = Number(bindings[`${containerPort}/${protocol}`]?.[0]?.HostPort);
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
  plan: InstallPlan,
  containers: ReadonlyMap<string, ContainerDetails>,
): Bilingual | null {
  const planned = new Map(plan.containers.map((c) => [c.name, withSpecLabel(c)]));
  for (const [name, { Config }] of containers) {
    const expected = planned.get(name);
    if (!expected) {
      return bilingual(`模板中没有容器 ${name}`, `the template has no container ${name}`);
    }
    if (expected.body.Labels[SPEC_LABEL] !== Config.Labels[SPEC_LABEL]) {
      return bilingual(
        `容器 ${name} 的设置与模板现在得出的不同（模板已变，或密码、参数已随记录丢失）`,
        `container ${name} was made from other settings than its template gives now (the template changed, or passwords or values were lost with the record)`,
      );
    }
  }
  return null;
}
