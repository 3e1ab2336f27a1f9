import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';

const TIMEOUT_MS = 500;

/**
 * Reports the state of the Docker Engine and is always up: accounts and computations work without the
 * engine, and restarting this process would not help it.
 */
@Injectable()
export class EngineHealthIndicator {
  constructor(
    private readonly engine: DockerEngine,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(key: string): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(key);
    try {
      await this.engine.ping({ timeoutMs: TIMEOUT_MS });
      return indicator.up({ engine: 'up' });
    } catch (error) {
      const engine = error instanceof EngineError ? error.failure : 'engine-unreachable';
      return indicator.up({ engine });
    }
  }
}
