import { stat } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { bilingual } from '../../platform/i18n/bilingual';
import { TemplateGoneError } from '../errors/apps.errors';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { prepareProjectFolder } from '../compose/files/project-folder';
import { predecessorsOf, namespaceOwnersOf } from '../compose/project/service-graph';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { toManifest, type AppManifest } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import type { InstallReporter } from '../progress/install-reporter';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import { AppResolver, type InstallPlan, TemplateSource } from '../resolver/app-resolver';
import { containersBefore } from '../engine/container-order';
import { ResourceProvisioner, type Owner } from './resource-provisioner';
import { ImageProvider } from './image-provider';
import { InstallSteps } from './install-steps';
import { Ledger, type StepOutcome } from './ledger';
import { retryDatabase, retryEngine } from '../engine/retry-policy';
import { DEFAULT_READY_SECONDS, Readiness } from '../engine/readiness';
import { installationLabel, isSetAside } from '../engine/resource-owner';
import { runGraph } from '../engine/run-graph';

/** One run of one installation, as the installer sees it. */
export interface InstallRun {
  readonly row: AppInstallation;
  readonly token: string;
  /** Aborted on cancel, on a lost lease and on shutdown, with the reason. */
  readonly signal: AbortSignal;
  readonly report: InstallReporter;
  /** Of an upgrade: makes room when everything is fetched, before the first container is made. */
  readonly beforeContainers?: () => Promise<void>;
}

/** A run that is under way. */
interface TrackedRun extends InstallRun {
  readonly steps: InstallSteps;
}

/** Ports that turn out to be taken at start are replaced this often. */
const RELEASE_ATTEMPTS = 10;
/** Things that vanish under the install (removed by hand, engine restarted) are made anew this often. */
const REMAKE_ATTEMPTS = 3;

/**
 * Carries an installation from the row to running containers. Every step looks at the engine before
 * it acts, so a run that takes over from a dead one simply goes through all of them again.
 */
@Injectable()
export class Installer {
  constructor(
    private readonly engine: DockerEngine,
    private readonly templates: TemplateSource,
    private readonly resolver: AppResolver,
    private readonly provisioner: ResourceProvisioner,
    private readonly images: ImageProvider,
    private readonly readiness: Readiness,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly store: InstallationStore,
    private readonly ledger: Ledger,
  ) {}

  /** Resolves when the app runs and is healthy. Throws the reason why it does not; nothing is undone here. */
  async install(run: InstallRun): Promise<AppManifest> {
    const steps = new InstallSteps(this.engine, this.ledger, run.row.id, run.signal);
    try {
      return await this.carryOut({ ...run, steps });
    } finally {
      await steps.settle();
    }
  }

  private async carryOut(run: TrackedRun): Promise<AppManifest> {
    const { row, signal, report } = run;
    const template = await this.templates.find(row.appName);
    if (!template) throw new TemplateGoneError(row.appName);
    const { values } = this.secrets.openVariables(row.id, row.variables);
    let plan = await this.planNow(run, template, values);

    report.phase('pulling');
    const folder = run.steps.carryOut('folder', row.appName, () =>
      this.makeFolder(run, template, plan),
    );
    await settleAll([
      folder,
      this.networksAndVolumes(run, plan),
      ...this.allImages(run, template, plan.app),
    ]);
    await run.beforeContainers?.();
    for (let moves = 0, remakes = 0; ;) {
      signal.throwIfAborted();
      try {
        const manifest = await this.bringUp(run, plan);
        await this.removeStrays(row, plan);
        return manifest;
      } catch (error) {
        if (isEngineFailure(error, 'port-taken') && moves < RELEASE_ATTEMPTS) {
          moves += 1;
          plan = await this.movePort(run, template, values, plan.app, Number(error.subject));
        } else if (isRemakeable(error) && remakes < REMAKE_ATTEMPTS) {
          remakes += 1;
          await this.networksAndVolumes(run, plan);
          if (isEngineFailure(error, 'image-not-found')) {
            await settleAll(this.allImages(run, template, plan.app));
          }
        } else throw error;
      }
    }
  }

  private async planNow(
    run: TrackedRun,
    template: Template,
    values: Variables,
  ): Promise<InstallPlan> {
    const { row, token } = run;
    const leases = await retryDatabase(() => this.leases.leasesOf(row.id), run.signal);
    const plan = this.resolver.plan(template, values, leases, row.id);
    const manifest = JSON.stringify(toManifest(plan.app, plan.containers));
    if (manifest !== row.manifest) {
      await retryDatabase(() => this.store.updateOwned(row.id, token, { manifest }), run.signal);
    }
    return plan;
  }

  private async makeFolder(
    run: TrackedRun,
    template: Template,
    plan: InstallPlan,
  ): Promise<StepOutcome> {
    const { row, token } = run;
    const existed = await stat(plan.projectDir).then(
      () => true,
      () => false,
    );
    if (!existed && !row.folderIsNew) {
      await retryDatabase(() => this.store.updateOwned(row.id, token, { folderIsNew: true }));
      row.folderIsNew = true;
    }
    await prepareProjectFolder(template, plan.app, plan.projectDir, {
      keepExisting: existed && !row.folderIsNew,
    });
    return { engineId: row.appName, adopted: !row.folderIsNew };
  }

  private async networksAndVolumes(run: TrackedRun, plan: InstallPlan): Promise<void> {
    const owner = ownerOfRun(run);
    await settleAll([
      ...plan.networks.map(({ shared, body }) =>
        shared
          ? retryEngine(this.engine, () => this.provisioner.ensureSharedNetwork(body), run.signal)
          : run.steps.carryOut('network', body.Name, () =>
              this.provisioner.ensureNetwork(owner, body),
            ),
      ),
      ...plan.volumes.map((body) =>
        run.steps.carryOut('volume', body.Name, () => this.provisioner.ensureVolume(owner, body)),
      ),
    ]);
  }

  private allImages(run: TrackedRun, template: Template, app: ResolvedApp): Promise<void>[] {
    const own = app.images.map(({ original }) => original);
    return app.images.map((image) => this.image(run, template, image, own));
  }

  private async image(
    run: TrackedRun,
    template: Template,
    image: ResolvedApp['images'][number],
    ownImages: readonly string[],
  ): Promise<void> {
    const { reference } = image;
    const { report, signal } = run;
    report.step(
      image.build
        ? bilingual(`构建镜像 ${reference}`, `Building image ${reference}`)
        : bilingual(`准备镜像 ${reference}`, `Fetching image ${reference}`),
    );
    await run.steps.carryOut('image', reference, () =>
      this.images.ensure(template, image, ownImages, signal, ({ percent, bytesTotal }) =>
        report.image(reference, percent, bytesTotal),
      ),
    );
    report.imageDone(reference);
  }

  private async bringUp(run: TrackedRun, plan: InstallPlan): Promise<AppManifest> {
    const { report, signal } = run;
    const { services } = plan.app.project;
    const manifest = toManifest(plan.app, plan.containers);
    const owner = ownerOfRun(run);
    const byName = new Map(plan.containers.map((c) => [c.name, c]));
    const seconds = plan.app.probe?.seconds ?? DEFAULT_READY_SECONDS;
    const deadline = Date.now() + seconds * 1000;

    report.phase('creating');
    await runGraph(containersBefore(services, plan.containers, namespaceOwnersOf), async (name) => {
      const container = byName.get(name);
      if (!container) return;
      report.step(bilingual(`创建容器 ${name}`, `Creating container ${name}`));
      await run.steps.carryOut('container', name, () =>
        this.provisioner.ensureContainer(owner, container),
      );
    });

    report.phase('starting');
    await runGraph(containersBefore(services, plan.containers, predecessorsOf), async (name) => {
      const container = byName.get(name);
      if (!container) return;
      await this.awaitDependencies(plan, manifest, container, deadline, signal);
      report.step(bilingual(`启动容器 ${name}`, `Starting container ${name}`));
      await run.steps.carryOut('start', name, async () => {
        await this.engine.containers.start(name);
        return { engineId: name, adopted: false };
      });
    });

    report.phase('waiting');
    report.step(bilingual('等待应用就绪', 'Waiting for the app to be ready'));
    const leases = await retryDatabase(() => this.leases.leasesOf(run.row.id), signal);
    await this.readiness.untilReady(manifest, leases, deadline, signal);
    return manifest;
  }

  private async awaitDependencies(
    plan: InstallPlan,
    manifest: AppManifest,
    container: ContainerPlan,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const service = plan.app.project.services.get(container.service);
    for (const [name, { condition }] of service?.dependsOn ?? []) {
      if (condition === 'service_started') continue;
      for (const other of manifest.containers.filter((c) => c.service === name)) {
        if (condition === 'service_healthy') {
          await this.readiness.untilHealthy(other, deadline, signal);
        } else {
          await this.readiness.untilEndedWell(other, deadline, signal);
        }
      }
    }
  }

  private async movePort(
    run: TrackedRun,
    template: Template,
    values: Variables,
    app: ResolvedApp,
    takenPort: number,
  ): Promise<InstallPlan> {
    run.report.step(
      bilingual(
        `端口 ${takenPort} 已被占用，改用其他端口`,
        `Port ${takenPort} is taken, moving to another one`,
      ),
    );
    await retryDatabase(() => this.leases.replace(run.row.id, app.ports, takenPort), run.signal);
    return this.planNow(run, template, values);
  }

  /** What carries this installation's label but not a name of the plan was renamed by hand, or is a leftover. */
  private async removeStrays(row: AppInstallation, plan: InstallPlan): Promise<void> {
    const names = new Set(plan.containers.map((c) => c.name));
    const found = await this.engine.containers.list([installationLabel(row.id)]);
    await Promise.all(
      found
        .filter((c) => !names.has(c.name) && !isSetAside(c.name))
        .map((c) => this.engine.containers.remove(c.id)),
    );
  }
}

function ownerOfRun({ row }: InstallRun): Owner {
  return { installationId: row.id, appName: row.appName };
}

function isRemakeable(error: unknown): boolean {
  return isEngineFailure(error, 'container-not-found', 'network-missing', 'image-not-found');
}

/** All of them to their end, then the first failure: nothing goes on behind the back of an undo. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
