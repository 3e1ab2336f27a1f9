import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerCondition } from '../../platform/docker/engine-types';
import type { ComposeService } from '../compose/project/compose-project';
import type { AppProbe, PortLeases } from '../compose/resolve/resolved-app';
import type { AppManifest, ManifestContainer } from '../installations/app-manifest';
import { ContainerWaiter } from './container-waiter';
import { isReachable, type ReachableTarget } from './port-reachable';

/** How long a container must stay up that has neither a health check nor a port. */
const SETTLED_MS = 1_000;

/** Knows when an app, or what one of its services depends on, is ready. Deadlines are in milliseconds since the epoch. */
@Injectable()
export class Readiness {
  constructor(
    private readonly engine: DockerEngine,
    private readonly waiter: ContainerWaiter,
    private readonly settings: Settings,
  ) {}

  /**
   * Until what the service waits for by its `depends_on` is healthy or has ended with 0.
   * @throws ContainerFailedError
   */
  async untilDependenciesReady(
    service: ComposeService | undefined,
    manifest: AppManifest,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [name, { condition }] of service?.dependsOn ?? []) {
      if (condition === 'service_started') continue;
      if (condition === 'service_healthy') {
        await this.untilHealthy(name, manifest, deadline, signal);
      } else {
        for (const container of manifest.containers.filter((c) => c.service === name)) {
          const oneShot = { name: container.name, oneShot: true };
          await this.waiter.until(oneShot, deadline, signal, ({ state, exitCode }) => {
            return state === 'exited' && exitCode === 0;
          });
        }
      }
    }
  }

  /** Until the containers of a service run and are healthy, where that is checked. @throws ContainerFailedError */
  async untilHealthy(
    service: string,
    manifest: AppManifest,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const container of manifest.containers.filter((c) => c.service === service))
      await this.waiter.until(container, deadline, signal, ({ state, health }) => {
        return state === 'running' && (health === 'healthy' || health === 'none');
      });
  }

  /**
   * Until the whole app can be called running: healthy, or its port open, or settled.
   * @throws ContainerFailedError
   */
  async untilReady(
    manifest: AppManifest,
    leases: PortLeases,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    await Promise.all(
      manifest.containers.map((container) =>
        this.untilContainerReady(manifest, container, leases, deadline, signal),
      ),
    );
  }

  private async untilContainerReady(
    manifest: AppManifest,
    container: ManifestContainer,
    leases: PortLeases,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const isMain = container.name === manifest.mainContainer;
    const probe = manifest.probe?.service === container.service ? manifest.probe : null;
    await this.waiter.until(container, deadline, signal, async (now) => {
      if (container.oneShot && now.state === 'exited') return true;
      if (now.state !== 'running') return false;
      if (now.health !== 'none') return now.health === 'healthy';
      const target = probe && this.probeTarget(probe, leases, now);
      if (target) return isReachable(target);
      if (!isMain) return true;
      return now.startedAt !== null && Date.now() - now.startedAt.getTime() >= SETTLED_MS;
    });
  }

  /** Where the app is reached from this machine; null where the port is not published. */
  private probeTarget(
    { service, containerPort, scheme, path }: AppProbe,
    leases: PortLeases,
    { addresses, publishedAt }: ContainerCondition,
  ): ReachableTarget | null {
    const port = leases[`${service}:${containerPort}/tcp`];
    if (port === undefined) return null;
    const behind = this.engine.isLocal
      ? addresses.map((host) => ({ host, port: containerPort }))
      : [];
    return { scheme, host: publishedAt ?? this.publishedHost(), port, path, behind };
  }

  private publishedHost(): string {
    if (!this.engine.isLocal) return new URL(this.engine.host).hostname;
    const bind = this.settings.appBind;
    if (bind === '0.0.0.0') return '127.0.0.1';
    return bind === '::' ? '::1' : bind;
  }
}
