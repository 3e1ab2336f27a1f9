import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';

const TIMEOUT_MS = 500;

/**
 * Reports on the Docker Engine and never fails because of it: accounts and computations work
 * without, and restarting this process would not bring the engine back.
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
