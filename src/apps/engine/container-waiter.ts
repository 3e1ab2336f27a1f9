import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerCondition } from '../../platform/docker/engine-types';
import { retryEngine, untilEngineAnswers } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { sleep } from '../../platform/waiting/sleep';
import type { ManifestContainer } from '../installations/app-manifest';
import { ContainerStarter } from './container-starter';
import { ContainerFailedError, type ContainerFailure } from './container.errors';
import { terminalFailure, unhealthyText, type ContainerCause } from './container-failure';

/** It looks again after this share of the time waited so far: a late look then costs little of the whole. */
const PAUSE_SHARE = 1 / 40;
const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 500;
const LOG_LINES_KEPT = 30;
/** An engine that goes down still answers for a moment after its containers have ended. */
const GOING_DOWN_MS = 1_500;
const MAX_RETURNS = 3;

/** Waits for a container, and says in one sentence why it did not come up. */
@Injectable()
export class ContainerWaiter {
  constructor(
    private readonly engine: DockerEngine,
    private readonly starter: ContainerStarter,
  ) {}

  /**
   * Looks again and again, every 20 to 500 ms, until `isReady`.
   * @param deadline in milliseconds since the epoch
   * @throws ContainerFailedError when the container ended, or the deadline passed
   */
  async until(
    { name, oneShot }: Pick<ManifestContainer, 'name' | 'oneShot'>,
    deadline: number,
    signal: AbortSignal,
    isReady: (now: ContainerCondition) => boolean | Promise<boolean>,
  ): Promise<void> {
    const begun = performance.now();
    let returns = 0;
    for (;;) {
      signal.throwIfAborted();
      const now = await this.condition(name, signal);
      const cause = terminalFailure(now, oneShot);
      if (cause) {
        // An engine that goes down stops its containers first: that is not their failure.
        returns += 1;
        if (returns > MAX_RETURNS || !(await this.cameBack(name, signal))) {
          throw await this.failure(name, cause);
        }
        continue;
      }
      if (await isReady(now)) return;
      if (Date.now() > deadline) throw await this.failure(name, timeoutCause(now));
      const pause = (performance.now() - begun) * PAUSE_SHARE;
      await sleep(Math.min(Math.max(pause, MIN_PAUSE_MS), MAX_PAUSE_MS), signal);
    }
  }

  /** Whether a container that ended did so because the engine was restarted; it is then started again. */
  private async cameBack(name: string, signal: AbortSignal): Promise<boolean> {
    const until = Date.now() + GOING_DOWN_MS;
    while (Date.now() < until) {
      signal.throwIfAborted();
      try {
        const now = await this.engine.workloads.condition(name);
        if (now.state === 'running' || now.state === 'restarting') return true;
      } catch (error) {
        if (!isEngineFailure(error, 'engine-unreachable')) return false;
        await untilEngineAnswers(this.engine, signal);
        await retryEngine(this.engine, () => this.starter.start(name), signal);
        return true;
      }
      await sleep(MAX_PAUSE_MS / 5, signal);
    }
    return false;
  }

  private async condition(name: string, signal: AbortSignal): Promise<ContainerCondition> {
    try {
      return await retryEngine(this.engine, () => this.engine.workloads.condition(name), signal);
    } catch (error) {
      if (!isEngineFailure(error, 'container-not-found')) throw error;
      const message = bilingual(
        `容器 ${name} 在安装过程中被手动删除或改名`,
        `Container ${name} was removed or renamed by hand during the install`,
      );
      throw new ContainerFailedError('removed', name, message, []);
    }
  }

  private async failure(
    name: string,
    { failure, message }: ContainerCause,
  ): Promise<ContainerFailedError> {
    const logs = await this.engine.workloads.logs(name, { tail: LOG_LINES_KEPT }).catch(() => []);
    return new ContainerFailedError(
      failure,
      name,
      message,
      logs.map((line) => line.text),
    );
  }
}

function timeoutCause(now: ContainerCondition): ContainerCause {
  const { name, health, lastProbe, state, placement } = now;
  if (placement) return { failure: placement.code, message: placement.text };
  if (health === 'unhealthy' || health === 'starting') {
    return { failure: 'unhealthy', message: unhealthyText(name, lastProbe) };
  }
  const failure: ContainerFailure = state === 'restarting' ? 'restart-loop' : 'not-listening';
  return {
    failure,
    message: bilingual(
      `容器 ${name} 在时限内没有就绪（端口没有应答）`,
      `Container ${name} was not ready in time (its port does not answer)`,
    ),
  };
}
