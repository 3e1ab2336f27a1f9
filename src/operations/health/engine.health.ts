import { Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';

const TIMEOUT_MS = 500;

/**
 * Reports the state of the Docker Engine. It decides nothing about readiness: accounts and
 * computations work without the engine, and restarting this process would not help it.
 */
@Injectable()
export class EngineHealthIndicator {
  constructor(private readonly engine: DockerEngine) {}

  async check(): Promise<HealthIndicatorResult> {
    try {
      await this.engine.ping({ timeoutMs: TIMEOUT_MS });
      if (this.engine.isForeign) return { docker: { status: 'down', engine: 'engine-foreign' } };
      return { docker: { status: 'up', engine: 'up' } };
    } catch (error) {
      const engine = error instanceof EngineError ? error.failure : 'engine-unreachable';
      return { docker: { status: 'down', engine } };
    }
  }
}
