import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerCondition } from '../../platform/docker/engine-types';
import { bilingual } from '../../platform/i18n/bilingual';
import { ContainerFailedError, type ContainerFailure } from '../errors/apps.errors';
import type { AppProbe, PortLeases } from '../compose/resolve/resolved-app';
import type { AppManifest, ManifestContainer } from '../installations/app-manifest';
import { terminalFailure, unhealthyText, type ContainerCause } from './container-failure';
import { untilEngineAnswers, retryEngine } from './retry-policy';
import { isReachable, type ReachableTarget } from './port-reachable';

const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 500;
/** How long a container must stay up that has neither a health check nor a port. */
const SETTLED_MS = 1_000;
const LOG_LINES_KEPT = 30;
/** An engine that goes down still answers for a moment after its containers have ended. */
const GOING_DOWN_MS = 1_500;
const MAX_RETURNS = 3;
/** Where the template says nothing. */
export const DEFAULT_READY_SECONDS = 300;

/** Waits for containers to come up, and says in one sentence why one does not. */
@Injectable()
export class Readiness {
  constructor(
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
  ) {}

  /** Until healthy; a container without a health check counts as soon as it runs. */
  async untilHealthy(
    container: ManifestContainer,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.watch(container, deadline, signal, (now) => {
      if (now.state !== 'running') return false;
      return now.health === 'healthy' || now.health === 'none';
    });
  }

  async untilEndedWell(
    container: ManifestContainer,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const oneShot = { ...container, oneShot: true };
    await this.watch(
      oneShot,
      deadline,
      signal,
      (now) => now.state === 'exited' && now.exitCode === 0,
    );
  }

  /** Until the whole app can be called running: healthy, or its port open, or settled. */
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
    await this.watch(container, deadline, signal, async (now) => {
      if (container.oneShot && now.state === 'exited') return true;
      if (now.state !== 'running') return false;
      if (now.health !== 'none') return now.health === 'healthy';
      const target = probe && this.probeTarget(probe, leases, now.addresses);
      if (target) return isReachable(target);
      if (!isMain) return true;
      return now.startedAt !== null && Date.now() - now.startedAt.getTime() >= SETTLED_MS;
    });
  }

  /** Where people reach the app from this machine; null where the port is not published. */
  private probeTarget(
    { service, containerPort, scheme, path }: AppProbe,
    leases: PortLeases,
    addresses: readonly string[],
  ): ReachableTarget | null {
    const port = leases[`${service}:${containerPort}/tcp`];
    if (port === undefined) return null;
    const behind = this.engine.isLocal
      ? addresses.map((host) => ({ host, port: containerPort }))
      : [];
    return { scheme, host: this.publishedHost(), port, path, behind };
  }

  private publishedHost(): string {
    if (!this.engine.isLocal) return new URL(this.engine.host).hostname;
    const bind = this.settings.appBind;
    if (bind === '0.0.0.0') return '127.0.0.1';
    return bind === '::' ? '::1' : bind;
  }

  private async watch(
    container: ManifestContainer,
    deadline: number,
    signal: AbortSignal,
    isReady: (now: ContainerCondition) => boolean | Promise<boolean>,
  ): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    let returns = 0;
    for (;;) {
      signal.throwIfAborted();
      const now = await this.condition(container.name, signal);
      const cause = terminalFailure(now, container.oneShot);
      if (cause) {
        // An engine that goes down stops its containers first: that is no fault of theirs.
        returns += 1;
        if (returns > MAX_RETURNS || !(await this.cameBack(container.name, signal))) {
          throw await this.failure(container.name, cause);
        }
        continue;
      }
      if (await isReady(now)) return;
      if (Date.now() > deadline) throw await this.failure(container.name, timeoutCause(now));
      await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      pause = Math.min(pause * 1.5, MAX_PAUSE_MS);
    }
  }

  /** Whether a container that ended did so because the engine was restarted; it is then started again. */
  private async cameBack(name: string, signal: AbortSignal): Promise<boolean> {
    const until = Date.now() + GOING_DOWN_MS;
    while (Date.now() < until) {
      signal.throwIfAborted();
      try {
        const now = await this.engine.containers.condition(name);
        if (now.state === 'running' || now.state === 'restarting') return true;
      } catch (error) {
        if (!isEngineFailure(error, 'engine-unreachable')) return false;
        await untilEngineAnswers(this.engine, undefined, signal);
        await retryEngine(this.engine, () => this.engine.containers.start(name), signal);
        return true;
      }
      await delay(MAX_PAUSE_MS / 5, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    return false;
  }

  private async condition(name: string, signal: AbortSignal): Promise<ContainerCondition> {
    try {
      return await retryEngine(this.engine, () => this.engine.containers.condition(name), signal);
    } catch (error) {
      if (!isEngineFailure(error, 'container-not-found')) throw error;
      throw new ContainerFailedError(
        'removed',
        name,
        bilingual(
          `容器 ${name} 在安装过程中被手动删除或改名`,
          `Container ${name} was removed or renamed by hand during the install`,
        ),
        [],
      );
    }
  }

  private async failure(name: string, cause: ContainerCause): Promise<ContainerFailedError> {
    const logs = await this.engine.containers.logs(name, { tail: LOG_LINES_KEPT }).catch(() => []);
    return new ContainerFailedError(
      cause.failure,
      name,
      cause.message,
      logs.map((line) => line.text),
    );
  }
}

function timeoutCause(now: ContainerCondition): ContainerCause {
  const { name } = now;
  if (now.health === 'unhealthy' || now.health === 'starting') {
    return { failure: 'unhealthy', message: unhealthyText(name, now.lastProbe) };
  }
  const failure: ContainerFailure = now.state === 'restarting' ? 'restart-loop' : 'not-listening';
  return {
    failure,
    message: bilingual(
      `容器 ${name} 在时限内没有就绪（端口没有应答）`,
      `Container ${name} was not ready in time (its port does not answer)`,
    ),
  };
}
