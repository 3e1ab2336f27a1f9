import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { QueueMonitor } from '../../platform/queue/queue-monitor';
import { MetricsRegistry } from './metrics-registry';

/** Depth and age of the queues in Redis, read at each scrape. While Redis is away they are absent. */
@Injectable()
export class QueueMetrics {
  constructor(metrics: MetricsRegistry, queues: QueueMonitor) {
    const registers = [metrics.registry];
    const age = new Gauge({
      name: 'stackscape_queue_oldest_seconds',
      help: 'Age of the job that has waited longest',
      labelNames: ['queue'],
      registers,
    });
    new Gauge({
      name: 'stackscape_queue_jobs',
      help: 'Jobs in Redis by queue and state',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        this.reset();
        age.reset();
        const all = await queues.counts().catch(() => []);
        for (const { name: queue, oldestSeconds, ...counts } of all) {
          for (const [state, count] of Object.entries(counts)) this.set({ queue, state }, count);
          age.set({ queue }, oldestSeconds);
        }
      },
    });
  }
}
