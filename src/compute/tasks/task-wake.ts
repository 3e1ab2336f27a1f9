import { EventEmitter } from 'node:events';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { RedisService } from '../../platform/redis/redis.service';

/**
 * Wakes the dispatchers of all processes when there is work. A hint: a lost one costs at most the
 * dispatcher's own interval.
 */
@Injectable()
export class TaskWake implements OnModuleDestroy {
  private readonly local = new EventEmitter();
  private readonly channel: string;
  private announced = false;

  constructor(private readonly redis: RedisService) {
    this.channel = redis.key('compute', 'wake');
  }

  /** Never throws and never waits. Many calls within a few milliseconds are one. */
  wake(): void {
    this.local.emit('wake');
    if (this.announced) return;
    this.announced = true;
    setTimeout(() => (this.announced = false), 5).unref();
    this.redis.client.publish(this.channel, '').catch(() => undefined);
  }

  /** Calls `listener` for every wake of this process and of all others. */
  listen(listener: () => void): void {
    this.local.on('wake', listener);
    const subscriber = this.redis.connect({ commandTimeout: undefined });
    subscriber.on('ready', () => {
      subscriber.subscribe(this.channel).catch(() => undefined);
    });
    subscriber.on('message', listener);
  }

  onModuleDestroy(): void {
    this.local.removeAllListeners();
  }
}
