import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Gauge, Histogram } from 'prom-client';
import { ContainerStates } from '../../apps/status/container-states';
import { engineCallChannel, type EngineCallOutcome } from '../../platform/docker/engine-call';
import { MetricsRegistry } from './metrics-registry';

/** Calls of the Docker Engine, by what they were about and how they ended, and the stream of its events. */
@Injectable()
export class EngineMetrics implements OnModuleDestroy {
  private readonly calls: Histogram;

  constructor(metrics: MetricsRegistry, states: ContainerStates) {
    this.calls = new Histogram({
      name: 'stackscape_engine_call_seconds',
      help: 'Calls of the Docker Engine by subject and outcome',
      labelNames: ['about', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers: [metrics.registry],
    });
    new Gauge({
      name: 'stackscape_engine_events_open',
      help: '1 while engine events arrive; without them each request for the state of an app asks the engine',
      registers: [metrics.registry],
      collect() {
        this.set(states.followsEvents ? 1 : 0);
      },
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
