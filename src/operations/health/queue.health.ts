import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { QueueMonitor } from '../../platform/queue/queue-monitor';

/** Jobs are taken up within milliseconds; one that nobody takes for so long has no worker. */
const STUCK_SECONDS = 120;

/** Down when work waits and no worker, here or elsewhere, takes it up. */
@Injectable()
export class QueueHealthIndicator {
  constructor(
    private readonly queues: QueueMonitor,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(key: string): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(key);
    try {
      const stuck = (await this.queues.counts()).filter(
        ({ active, oldestSeconds }) => active === 0 && oldestSeconds > STUCK_SECONDS,
      );
      return stuck.length === 0
        ? indicator.up()
        : indicator.down({ message: `no worker takes up: ${stuck.map((q) => q.name).join(', ')}` });
    } catch {
      return indicator.down({ message: 'Redis does not answer' });
    }
  }
}
