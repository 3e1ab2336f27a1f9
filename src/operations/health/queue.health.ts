import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { QueueMonitor } from '../../platform/queue/queue-monitor';

/** Workers take jobs within milliseconds; a job that waits this long has no worker. */
const STUCK_SECONDS = 120;

/** Down when jobs wait and no worker, here or elsewhere, takes them. */
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
        : indicator.down({
            message: `no worker takes jobs of: ${stuck.map((q) => q.name).join(', ')}`,
          });
    } catch {
      return indicator.down({ message: 'Redis does not answer' });
    }
  }
}
