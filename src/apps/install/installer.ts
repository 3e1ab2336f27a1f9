import { stat } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { settleAll } from '../../platform/waiting/settle-all';
import { prepareProjectFolder } from '../compose/files/project-folder';
import type { ComposeService } from '../compose/project/compose-project';
import { namespaceOwnersOf, predecessorsOf } from '../compose/project/service-graph';
import { secretValues } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { containersBefore } from '../engine/container-order';
import { Readiness } from '../engine/readiness';
import { installationLabel, isSetAside } from '../engine/resource-owner';
import { ContainerStarter } from '../engine/container-starter';
import { runGraph } from '../engine/run-graph';
import { toManifest } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import type { RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { InstallReporter } from '../progress/install-reporter';
import { AppResolver, TemplateSource, type InstallPlan } from '../resolver/app-resolver';
import { TemplateGoneError } from '../resolver/template.errors';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import { AppFiles, type ReadyContainer } from './app-files';
import { ImageProvider } from './image-provider';
import { InstallLedger, type InstallRun, type StepOutcome } from './install-journal';
import { ResourceProvisioner, type Owner } from './resource-provisioner';
import { ServiceData } from './service-data';

/** A port that turns out to be taken at start is replaced up to this often. */
const MAX_PORT_CHANGES = 10;
/** Resources that vanish during the install (removed by hand, engine restarted) are recreated this often. */
const MAX_RECREATIONS = 3;
/** Where the template does not say how long it takes to be ready. */
const DEFAULT_READY_SECONDS = 300;

/**
 * Carries an installation from the row to running containers. Every step looks at the engine before
 * it acts, so a run that takes over from a dead one simply goes through all of them again.
 */
@Injectable()
export class Installer {
  constructor(
    private readonly engine: DockerEngine,
    private readonly starter: ContainerStarter,
    private readonly templates: TemplateSource,
    private readonly resolver: AppResolver,
    private readonly provisioner: ResourceProvisioner,
    private readonly images: ImageProvider,
    private readonly readiness: Readiness,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly ledger: InstallLedger,
    private readonly events: AppEventsService,
    private readonly serviceData: ServiceData,
    private readonly files: AppFiles,
  ) {}

  /**
   * Resolves when the app runs and is healthy. Rejects with the reason why it does not, or with that
   * of the lease's signal; nothing is undone here.
   * @param beforeContainers of an upgrade: makes room when everything is fetched
   * @param refresh whether tags are asked for a newer image
   */
  async install(
    row: AppInstallation,
    lease: RowLease,
    beforeContainers?: () => Promise<void>,
    refresh = beforeContainers !== undefined,
  ): Promise<void> {
    const journal = this.ledger.open(lease);
    const images = manifestOf(row)?.images ?? [];
    const report = new InstallReporter(lease, row.appName, images, this.events);
    try {
      report.phase('preflight');
      await this.carryOut({ row, lease, journal, report }, refresh, beforeContainers);
    } finally {
      await Promise.all([journal.settle(), report.settle()]);
    }
  }

  private async carryOut(
    run: InstallRun,
    refresh: boolean,
    beforeContainers?: () => Promise<void>,
  ): Promise<void> {
    const { row, lease, report } = run;
    const template = await this.templates.findOf(row, row.templateDigest);
    if (!template) throw new TemplateGoneError(row.appName);
    const remembered = this.templates.remember(template);
    const { values } = this.secrets.openVariables(row.id, row.variables);
    let plan = await this.planNow(run, template, values);

    report.phase('pulling');
    const isUpgrade = beforeContainers !== undefined;
    const makeFolder = () =>
      run.journal.run('folder', row.appName, () => this.makeFolder(run, template, plan));
    await settleAll([
      // What an upgrade finds is kept first.
      ...(isUpgrade ? [] : [makeFolder()]),
      this.networksAndVolumes(run, plan),
      ...this.images.ensureAll(run, { template, app: plan.app, refresh }),
      remembered,
    ]);
    if (beforeContainers) {
      await beforeContainers();
      await makeFolder();
    }
    for (let portChanges = 0, recreations = 0; ;) {
      lease.signal.throwIfAborted();
      try {
        const containers = await this.files.ensure(run, plan);
        await this.bringUp(run, plan, containers);
        await this.removeStrays(row, plan);
        return await this.files.removeOthers(row, containers);
      } catch (error) {
        if (isEngineFailure(error, 'port-taken') && portChanges < MAX_PORT_CHANGES) {
          portChanges += 1;
          plan = await this.movePort(run, template, values, plan, Number(error.subject));
        } else if (isMissingResource(error) && recreations < MAX_RECREATIONS) {
          recreations += 1;
          await this.networksAndVolumes(run, plan);
          if (isEngineFailure(error, 'image-not-found')) {
            const { app } = plan;
            await settleAll(this.images.ensureAll(run, { template, app, refresh: false }));
          }
        } else throw error;
      }
    }
  }

  private async planNow(
    { row, lease }: InstallRun,
    template: Template,
    values: Variables,
  ): Promise<InstallPlan> {
    const leases = await retryDatabase(() => this.leases.leasesOf(row.id), lease.signal);
    const plan = this.resolver.plan(template, values, leases, row.id, row.node);
    const manifest = JSON.stringify(toManifest(plan));
    if (manifest !== row.manifest) await lease.update({ manifest });
    return plan;
  }

  private async makeFolder(
    { row, lease }: InstallRun,
    template: Template,
    plan: InstallPlan,
  ): Promise<StepOutcome> {
    const existed = await stat(plan.projectDir).then(
      () => true,
      () => false,
    );
    if (!existed && !row.folderIsNew) {
      await lease.update({ folderIsNew: true });
      row.folderIsNew = true;
    }
    await prepareProjectFolder(template, plan.app, plan.projectDir, {
      keepExisting: existed && !row.folderIsNew,
      idsAreShared: plan.app.files.some(({ owner }) => owner) && (await this.engineSharesIds()),
    });
    return { engineId: row.appName, adopted: !row.folderIsNew };
  }

  private async engineSharesIds(): Promise<boolean> {
    return !(await retryEngine(this.engine, () => this.engine.facts())).mapsUserIds;
  }

  private async networksAndVolumes(run: InstallRun, plan: InstallPlan): Promise<void> {
    const { journal, lease } = run;
    const owner = ownerOfRun(run);
    await settleAll([
      ...plan.networks.map(({ shared, body }) =>
        shared
          ? retryEngine(this.engine, () => this.provisioner.ensureSharedNetwork(body), lease.signal)
          : journal.run('network', body.Name, () => this.provisioner.ensureNetwork(owner, body)),
      ),
      ...plan.volumes.map((body) =>
        journal.run('volume', body.Name, (since) =>
          this.provisioner.ensureVolume(owner, body, since),
        ),
      ),
    ]);
  }

  private async bringUp(
    run: InstallRun,
    plan: InstallPlan,
    containers: readonly ReadyContainer[],
  ): Promise<void> {
    const { report, journal, lease } = run;
    const { services } = plan.app.project;
    const manifest = toManifest(plan);
    const owner = ownerOfRun(run);
    const byName = new Map(containers.map((c) => [c.name, c]));
    const seconds = plan.app.probe?.seconds ?? DEFAULT_READY_SECONDS;
    let deadline = Date.now() + seconds * 1000;
    const loads = [...services.values()].some(({ backup }) => backup?.restore);
    const isLoading = loads && (await this.serviceData.isExpected(run.row.appName));

    report.phase('creating');
    await runGraph(containersBefore(services, plan.containers, namespaceOwnersOf), async (name) => {
      const container = byName.get(name);
      if (!container) return;
      report.step(bilingual(`创建容器 ${name}`, `Creating container ${name}`));
      await journal.run('container', name, () =>
        this.provisioner.ensureContainer(owner, container),
      );
    });

    report.phase('starting');
    await runGraph(containersBefore(services, plan.containers, predecessorsOf), async (name) => {
      const service = services.get(byName.get(name)?.service ?? '');
      await this.readiness.untilDependenciesReady(service, manifest, deadline, lease.signal);
      report.step(bilingual(`启动容器 ${name}`, `Starting container ${name}`));
      await journal.run('start', name, async () => {
        await this.starter.start(name);
        return { engineId: name, adopted: false };
      });
      if (!isLoading || !service?.backup?.restore) return;
      await this.readiness.untilHealthy(service.name, manifest, deadline, lease.signal);
      deadline += await this.load(run, plan, service, name);
    });

    report.phase('waiting');
    report.step(bilingual('等待应用就绪', 'Waiting for the app to be ready'));
    const leases = await retryDatabase(() => this.leases.leasesOf(run.row.id), lease.signal);
    await this.readiness.untilReady(manifest, leases, deadline, lease.signal);
  }

  /** Answers how long it took, in milliseconds. */
  private async load(
    { lease, report }: InstallRun,
    { app }: InstallPlan,
    { name: service, backup }: ComposeService,
    container: string,
  ): Promise<number> {
    if (!backup) return 0;
    report.step(bilingual(`导入 ${container} 的数据`, `Loading the data of ${container}`));
    const secrets = secretValues(app);
    const begun = Date.now();
    const { appName } = app;
    await this.serviceData.load({ appName, service, container, backup, secrets }, lease.signal);
    return Date.now() - begun;
  }

  private async movePort(
    run: InstallRun,
    template: Template,
    values: Variables,
    { app }: InstallPlan,
    takenPort: number,
  ): Promise<InstallPlan> {
    const { row, lease, report } = run;
    report.step(
      bilingual(
        `端口 ${takenPort} 已被占用，改用其他端口`,
        `Port ${takenPort} is taken, moving to another one`,
      ),
    );
    await retryDatabase(() => this.leases.replace(row.id, app.ports, takenPort), lease.signal);
    return this.planNow(run, template, values);
  }

  /** A container with this installation's label but no name of the plan was renamed by hand, or is an orphan. */
  private async removeStrays(row: AppInstallation, plan: InstallPlan): Promise<void> {
    const names = new Set(plan.containers.map((c) => c.name));
    const found = await this.engine.workloads.list([installationLabel(row.id)]);
    await Promise.all(
      found
        .filter((c) => !names.has(c.name) && !isSetAside(c.name))
        .map((c) => this.engine.workloads.remove(c.id)),
    );
  }
}

function ownerOfRun({ row }: InstallRun): Owner {
  return { installationId: row.id, appName: row.appName };
}

function isMissingResource(error: unknown): boolean {
  return isEngineFailure(error, 'container-not-found', 'network-missing', 'image-not-found');
}
