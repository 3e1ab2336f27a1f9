import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { retryEngine } from '../../platform/docker/retry-engine';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { prepareProjectFolder } from '../compose/files/project-folder';
import { namespaceOwnersOf, predecessorsOf } from '../compose/project/service-graph';
import type { EnginePlan } from '../compose/engine/engine-plan';
import { containerNameOf } from '../compose/resolve/resolve-resources';
import { secretValues, type PortLeases, type ResolvedApp } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { containersBefore } from '../engine/container-order';
import { ContainerStarter } from '../engine/container-starter';
import { ContainerWaiter } from '../engine/container-waiter';
import { NetworkAllocator } from '../engine/network-allocator';
import { Readiness } from '../engine/readiness';
import { runGraph } from '../engine/run-graph';
import type { ImageIds } from '../images/return-images';
import { ServiceData } from '../install/service-data';
import {
  toManifest,
  type AppManifest,
  type ManifestContainer,
} from '../installations/app-manifest';
import { AppResolver } from '../resolver/app-resolver';
import type { Variables } from '../secrets/app-secrets.service';
import { secretMask } from '../secrets/secret-mask';
import { isListening } from './listening-port';
import { namesOf, obstacleOf, trialPlan, type TrialNames } from './trial-plan';

/** Where the template does not say how long it takes to be ready. */
const DEFAULT_READY_SECONDS = 300;
/** How long a container without a port and without a health check must stay up. */
const SETTLED_MS = 3_000;

/** Whether the app of a backup came up apart from everything else. */
export interface TrialOutcome {
  readonly started: 'yes' | 'no' | 'not-tried';
  /** Null where it came up. */
  readonly reason: Bilingual | null;
}

/** The data of an app that lie apart, and what is known about it. */
export interface TrialInput {
  /** The names of everything are made from it. */
  readonly id: string;
  readonly template: Template;
  readonly values: Variables;
  readonly leases: PortLeases;
  /** What its images were, by reference. */
  readonly images: ImageIds;
  /** The app's folder; binds begin in it. */
  readonly projectDir: string;
  /** The services are to load the dumps of their hooks. */
  readonly loads: boolean;
  /** Must not stand in a reason. */
  readonly secrets: readonly string[];
  /** Puts the data of a volume of the app in the place of those of the trial's. */
  readonly lay: (volume: string, place: string) => Promise<void>;
  /** Is told what will be made before anything is. */
  readonly note: (names: TrialNames) => Promise<void>;
  readonly signal: AbortSignal;
}

/** The app cannot be tried here; nobody outside sees it. */
export class NotTriedError extends Error {
  constructor(readonly reason: Bilingual) {
    super(reason.en);
  }
}

/**
 * Starts an app from data of a backup beside whatever runs: containers, volumes and networks of its own under
 * other names, no way out of its networks, nothing published. The policy holds whatever its catalog may do.
 */
@Injectable()
export class AppTrial {
  constructor(
    private readonly engine: DockerEngine,
    private readonly resolver: AppResolver,
    private readonly networks: NetworkAllocator,
    private readonly starter: ContainerStarter,
    private readonly waiter: ContainerWaiter,
    private readonly readiness: Readiness,
    private readonly serviceData: ServiceData,
  ) {}

  /**
   * Removes nothing: `clear` does, always.
   * @throws what has nothing to do with the app: the reason of the signal, an engine that stays away
   */
  async run(input: TrialInput): Promise<TrialOutcome> {
    const { signal, template, values } = input;
    const real = this.resolver.resolve(template, values, input.leases);
    const mask = secretMask([...secretValues(real), ...input.secrets]);
    try {
      await this.start(input, real);
      return { started: 'yes', reason: null };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NotTriedError) return { started: 'not-tried', reason: error.reason };
      if (!(error instanceof DomainError) || isEngineFailure(error, 'engine-unreachable')) throw error; // prettier-ignore
      const { zh, en } = error.text;
      return { started: 'no', reason: bilingual(mask(zh), mask(en)) };
    }
  }

  /** What is gone already counts as removed. */
  async clear({ containers, networks, volumes }: TrialNames): Promise<void> {
    const { engine } = this;
    await Promise.all(containers.map((name) => retryEngine(engine, () => engine.containers.remove(name)))); // prettier-ignore
    await Promise.all(networks.map((name) => retryEngine(engine, () => engine.networks.remove(name)))); // prettier-ignore
    await Promise.all(
      volumes.map((name) => retryEngine(engine, () => engine.volumes.remove(name))),
    );
  }

  private async start(input: TrialInput, real: ResolvedApp): Promise<void> {
    const { id, template, values, leases, projectDir, signal } = input;
    const apart = this.resolver.resolveApart(template, values, leases, { id, projectDir });
    const obstacle = obstacleOf(apart.app, apart.plan);
    if (obstacle) throw new NotTriedError(obstacle);
    const images = await this.imagesOf(input, real);
    const plan = trialPlan(
      apart.plan,
      id,
      (service) => images.get(service) ?? '',
      ({ service, replica }) => nameIn(real, service, replica),
    );
    const manifest = toManifest({ ...plan, app: apart.app, title: template.metadata.title });
    await input.note(namesOf(plan));
    await prepareProjectFolder(template, apart.app, projectDir, {
      keepExisting: true,
      idsAreShared: !(await this.engine.facts()).mapsUserIds,
    });
    for (const { body } of plan.networks)
      await retryEngine(this.engine, () => this.networks.create(body), signal);
    await this.layVolumes(input, real, apart.app, plan);
    await this.bringUp(input, apart.app, plan, manifest);
  }

  /** Ids by service. Nothing is pulled: what is not there cannot be tried. */
  private async imagesOf({ images }: TrialInput, real: ResolvedApp): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (const { reference, services } of real.images) {
      const id = images[reference] ?? '';
      const found = id === '' ? null : await this.engine.images.find(id);
      if (!found)
        throw new NotTriedError(
          bilingual(
            `本机没有备份时的镜像 ${reference}`,
            `the image ${reference} as it was at the time of the backup is not on this machine`,
          ),
        );
      for (const service of services) ids.set(service, id);
    }
    return ids;
  }

  private async layVolumes(
    { lay, signal }: TrialInput,
    real: ResolvedApp,
    app: ResolvedApp,
    { volumes }: EnginePlan,
  ): Promise<void> {
    for (const body of volumes) {
      signal.throwIfAborted();
      const made = await retryEngine(this.engine, () => this.engine.volumes.create(body), signal);
      const key = app.volumes.find(({ name }) => name === body.Name)?.key;
      const name = real.volumes.find((volume) => volume.key === key)?.name;
      // One in memory begins empty.
      if (name !== undefined && Object.keys(body.DriverOpts ?? {}).length === 0)
        await lay(name, made.mountpoint);
    }
  }

  private async bringUp(
    input: TrialInput,
    app: ResolvedApp,
    plan: EnginePlan,
    manifest: AppManifest,
  ): Promise<void> {
    const { signal } = input;
    const { services } = app.project;
    const { containers } = this.engine;
    const byName = new Map(plan.containers.map((container) => [container.name, container]));
    await runGraph(containersBefore(services, plan.containers, namespaceOwnersOf), async (name) => {
      const container = byName.get(name);
      if (!container) return;
      const options = container.platform ? { platform: container.platform, signal } : { signal };
      await containers.create(name, container.body, options);
      await containers.attach(name, container.connect);
    });
    let deadline = Date.now() + (app.probe?.seconds ?? DEFAULT_READY_SECONDS) * 1000;
    await runGraph(containersBefore(services, plan.containers, predecessorsOf), async (name) => {
      const service = services.get(byName.get(name)?.service ?? '');
      await this.readiness.untilDependenciesReady(service, manifest, deadline, signal);
      await this.starter.start(name);
      if (!input.loads || !service?.backup?.restore) return;
      await this.readiness.untilHealthy(service.name, manifest, deadline, signal);
      const begun = Date.now();
      const { name: of, backup } = service;
      const loading = { appName: app.appName, service: of, container: name, backup, secrets: input.secrets }; // prettier-ignore
      await this.serviceData.load(loading, signal);
      deadline += Date.now() - begun;
    });
    await Promise.all(
      manifest.containers.map((one) => this.untilReady(manifest, one, deadline, signal)),
    );
  }

  /** As the host has no way to its network, a port counts as answering as soon as something listens on it. */
  private untilReady(
    { probe, mainContainer }: AppManifest,
    container: ManifestContainer,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, oneShot, service } = container;
    return this.waiter.until(container, deadline, signal, async (now) => {
      if (oneShot && now.state === 'exited') return true;
      if (now.state !== 'running') return false;
      if (now.health !== 'none') return now.health === 'healthy';
      if (probe?.service === service) {
        const { State } = await this.engine.containers.inspect(name);
        return isListening(State.Pid, probe.containerPort);
      }
      if (name !== mainContainer) return true;
      return now.startedAt !== null && Date.now() - now.startedAt.getTime() >= SETTLED_MS;
    });
  }
}

/** What a container is called where the app is installed. */
function nameIn(app: ResolvedApp, name: string, replica: number): string {
  const service = app.project.services.get(name);
  return service ? containerNameOf(app, service, replica) : name;
}
