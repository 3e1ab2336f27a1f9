import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { RedisService } from '../../platform/redis/redis.service';

/** Wakes of other processes that come within this time are one message. */
const COALESCE_MS = 5;

/**
 * Wakes the dispatchers of all processes when there is work. A hint: a lost one costs at most the
 * dispatcher's own interval.
 */
@Injectable()
export class TaskWake implements OnModuleDestroy {
  private readonly local = new EventEmitter();
  private readonly sender = randomUUID();
  private readonly channel: string;
  private announced = false;

  constructor(private readonly redis: RedisService) {
    this.channel = redis.key('compute', 'wake');
  }

  /** Never throws and never waits. */
  wake(): void {
    this.local.emit('wake');
    if (this.announced) return;
    this.announced = true;
    setTimeout(() => (this.announced = false), COALESCE_MS).unref();
    this.redis.client.publish(this.channel, this.sender).catch(() => undefined);
  }

  /** Calls `listener` for every wake of this process and of all others. */
  listen(listener: () => void): void {
    this.local.on('wake', listener);
    const subscriber = this.redis.connect({ commandTimeout: undefined });
    subscriber.on('ready', () => {
      subscriber.subscribe(this.channel).catch(() => undefined);
    });
    subscriber.on('message', (_channel, sender) => {
      if (sender !== this.sender) listener();
    });
  }

  onModuleDestroy(): void {
    this.local.removeAllListeners();
  }
}
