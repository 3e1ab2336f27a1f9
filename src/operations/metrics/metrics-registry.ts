import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { EventLoopLag } from './event-loop-lag';

/** The longest time that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;

/** Where every part of the product puts its metrics. One registry an application, so that two in one process stay apart. */
@Injectable()
export class MetricsRegistry implements OnModuleDestroy {
  readonly registry = new Registry();
  private readonly lag: EventLoopLag;

  constructor() {
    // Process memory, CPU time, garbage collection.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: NEVER_MS });
    this.lag = new EventLoopLag(this.registry);
  }

  /** Everything, in the text format of Prometheus. */
  scrape(): Promise<string> {
    this.lag.report();
    return this.registry.metrics();
  }

  onModuleDestroy(): void {
    this.lag.stop();
    this.registry.clear();
  }
}
