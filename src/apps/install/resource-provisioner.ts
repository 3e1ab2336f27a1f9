import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { VolumeSummary } from '../../platform/docker/engine-types';
import type { WorkloadDetails } from '../../platform/docker/workloads';
import { sleep } from '../../platform/waiting/sleep';
import {
  ContainerExistsError,
  OrphanContainerError,
  ResourceNotOursError,
} from '../engine/container.errors';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import type { AppNetworkSpec, AppVolumeSpec } from '../compose/engine/engine-context';
import { composeLabels, ownLabels } from '../compose/engine/labels';
import type { ReadyContainer } from './app-files';
import type { StepOutcome } from './install-journal';
import { NetworkAllocator } from '../engine/network-allocator';
import {
  installationLabel,
  isSetAside,
  ownerOf,
  SHARED_LABEL,
  SPEC_LABEL,
  withSpecLabel,
} from '../engine/resource-owner';

const LETTING_GO_MS = 30_000;
const LETTING_GO_PAUSE_MS = 300;

/** The installation that a resource is for. */
export interface Owner {
  readonly installationId: string;
  readonly appName: string;
}

/**
 * Creates an installation's resources on the engine. Each call can run again after a crash at any
 * point: it looks first, keeps what this very installation made, and refuses what is not its own.
 */
@Injectable()
export class ResourceProvisioner {
  /** One creation of a shared network at a time in this process: the engine allows two of one name. */
  private readonly sharedNetworks = new Map<string, Promise<StepOutcome>>();

  constructor(
    private readonly engine: DockerEngine,
    private readonly networks: NetworkAllocator,
  ) {}

  async ensureNetwork(owner: Owner, body: AppNetworkSpec): Promise<StepOutcome> {
    const existing = await this.engine.networks.find(body.Name);
    if (existing) {
      if (ownerOf(existing.labels) === owner.installationId) {
        return { engineId: existing.id, adopted: false };
      }
      if (existing.labels[ownLabels.app] !== owner.appName) {
        throw new ResourceNotOursError('network', body.Name);
      }
      return { engineId: await this.replaceNetwork(existing.id, body), adopted: false };
    }
    return { engineId: await this.networks.create(body), adopted: false };
  }

  /**
   * In place of one that is left from an earlier installation of the same app, of which nothing runs. The nodes of a
   * Swarm take a moment to let go of what somebody has just removed.
   */
  private async replaceNetwork(id: string, body: AppNetworkSpec): Promise<string> {
    const until = Date.now() + (this.engine.orchestrator === 'swarm' ? LETTING_GO_MS : 0);
    for (;;) {
      try {
        await this.engine.networks.remove(id);
        return await this.networks.create(body);
      } catch (error) {
        const isHeld = isEngineFailure(error, 'network-in-use', 'name-taken');
        if (!isHeld || Date.now() > until) throw error;
        await sleep(LETTING_GO_PAUSE_MS);
      }
    }
  }

  /** The network that all apps share: created once, never removed, owned by no installation. */
  ensureSharedNetwork(body: AppNetworkSpec): Promise<StepOutcome> {
    const running = this.sharedNetworks.get(body.Name);
    if (running) return running;
    const work = this.findOrCreateShared(body).finally(() => this.sharedNetworks.delete(body.Name));
    this.sharedNetworks.set(body.Name, work);
    return work;
  }

  /**
   * A volume of that name that belongs to the app is kept data and is used as it is. An engine that
   * stops while it creates one may lose its labels: such a volume, made since, is replaced.
   */
  async ensureVolume(owner: Owner, body: AppVolumeSpec, since: Date): Promise<StepOutcome> {
    let existing = await this.engine.volumes.find(body.Name);
    if (existing && isHalfMade(existing, since)) {
      await this.engine.volumes.remove(existing.name);
      existing = null;
    }
    if (existing && existing.labels[ownLabels.app] !== owner.appName) {
      throw new ResourceNotOursError('volume', body.Name);
    }
    const volume = existing ?? (await this.engine.volumes.create(body));
    // The engine reports success for a name that was taken in between.
    if (volume.labels[ownLabels.app] !== owner.appName) {
      throw new ResourceNotOursError('volume', body.Name);
    }
    return { engineId: volume.name, adopted: ownerOf(volume.labels) !== owner.installationId };
  }

  /** A container of this installation made from the same settings is used as it is. */
  async ensureContainer(owner: Owner, given: ReadyContainer): Promise<StepOutcome> {
    const plan = withSpecLabel(given, given.serviceFiles);
    const existing = await this.findContainer(owner, plan);
    if (existing) {
      const { Labels: labels } = existing.Config;
      if (ownerOf(labels) !== owner.installationId) {
        throw labels[ownLabels.app] === owner.appName
          ? new OrphanContainerError(owner.appName, plan.name)
          : new ContainerExistsError(owner.appName, plan.name);
      }
      if (labels[SPEC_LABEL] === plan.body.Labels[SPEC_LABEL]) {
        if (!existing.State.Running) await this.engine.workloads.attach(plan.name, plan.connect);
        return { engineId: existing.Id, adopted: false };
      }
      await this.engine.workloads.remove(existing.Id);
    }
    const engineId = await this.create(owner, plan);
    await this.engine.workloads.attach(plan.name, plan.connect);
    return { engineId, adopted: false };
  }

  /** One of this installation that was renamed by hand gets its name back. */
  private async findContainer(
    owner: Owner,
    { name, body }: ContainerPlan,
  ): Promise<WorkloadDetails | null> {
    const { workloads } = this.engine;
    const named = await workloads.find(name);
    if (named) return named;
    const { service, containerNumber } = composeLabels;
    const own = await workloads.list([
      installationLabel(owner.installationId),
      `${service}=${body.Labels[service]}`,
      `${containerNumber}=${body.Labels[containerNumber]}`,
    ]);
    const renamed = own.find((c) => !isSetAside(c.name));
    if (!renamed) return null;
    await workloads.rename(renamed.id, name);
    return workloads.find(name);
  }

  private async create(owner: Owner, plan: ReadyContainer): Promise<string> {
    try {
      return await this.engine.workloads.create(plan.name, plan.body, {
        networks: plan.connect,
        replicas: plan.replicas,
        deploy: plan.deploy,
        files: plan.serviceFiles,
        ...(plan.platform ? { platform: plan.platform } : {}),
      });
    } catch (error) {
      if (isEngineFailure(error, 'name-taken')) {
        throw new ContainerExistsError(owner.appName, plan.name);
      }
      throw error;
    }
  }

  private async findOrCreateShared(body: AppNetworkSpec): Promise<StepOutcome> {
    const existing = await this.engine.networks.find(body.Name);
    if (existing) return { engineId: existing.id, adopted: true };
    // It outlives the app that happened to need it first.
    const labels = Object.fromEntries(
      Object.entries(body.Labels).filter(
        ([name]) => name !== ownLabels.installation && name !== ownLabels.app,
      ),
    );
    try {
      const engineId = await this.networks.create({
        ...body,
        Labels: { ...labels, [SHARED_LABEL]: 'true' },
      });
      return { engineId, adopted: true };
    } catch (error) {
      const other = isEngineFailure(error, 'name-taken')
        ? await this.engine.networks.find(body.Name)
        : null;
      if (!other) throw error;
      return { engineId: other.id, adopted: true };
    }
  }
}

/** Without any label, and not there before `since`. The engine reports whole seconds. */
function isHalfMade({ labels, createdAt }: VolumeSummary, since: Date): boolean {
  return Object.keys(labels).length === 0 && createdAt.getTime() >= since.getTime() - 1_000;
}
