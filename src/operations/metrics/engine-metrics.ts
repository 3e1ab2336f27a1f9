import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { engineCallChannel, type EngineCallOutcome } from '../../platform/docker/engine-call';
import { MetricsRegistry } from './metrics-registry';

/** Calls of the Docker Engine, by what they were about and how they ended. */
@Injectable()
export class EngineMetrics implements OnModuleDestroy {
  private readonly calls: Histogram;

  constructor(metrics: MetricsRegistry) {
    this.calls = new Histogram({
      name: 'stackscape_engine_call_seconds',
      help: 'Calls of the Docker Engine by subject and outcome',
      labelNames: ['about', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers: [metrics.registry],
    });
    engineCallChannel.subscribe(this.observe);
  }

  onModuleDestroy(): void {
    engineCallChannel.unsubscribe(this.observe);
  }

  private readonly observe = (message: unknown): void => {
    const { about, outcome, seconds } = message as EngineCallOutcome;
    this.calls.observe({ about, outcome }, seconds);
  };
}
