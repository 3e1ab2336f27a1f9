import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { Settings } from '../config/settings';
import { redisOptions } from './redis-options';

/** Connection options for commands inside a request: an unreachable Redis fails at once, nothing queues up. */
export const failFastOptions: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  disconnectTimeout: 500,
  commandTimeout: 1_000,
  disableClientInfo: true,
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
};

/**
 * Redis for what may be lost: counters, caches, messages between processes. Commands reject at
 * once while Redis is away, and callers go on without it. The queues have connections of their own.
 */
@Injectable()
export class RedisService implements OnModuleDestroy {
  private readonly logger = new Logger(RedisService.name);
  private readonly connections: Redis[] = [];

  /** For commands; rejects at once while Redis is away. */
  readonly client: Redis;

  constructor(private readonly settings: Settings) {
    this.client = this.connect();
  }

  /** The key of this installation for the given parts. */
  key(...parts: (string | number)[]): string {
    return [this.settings.redisPrefix, ...parts].join(':');
  }

  /** A further connection of the same kind, e.g. for a subscription; closed together with this service. */
  connect(options: RedisOptions = {}): Redis {
    const redis = new Redis({
      ...redisOptions(this.settings.redisUrl),
      ...failFastOptions,
      ...options,
    });
    let away = false;
    redis.on('error', (error: Error) => {
      if (!away) this.logger.warn(`Redis does not answer (${error.message}); retrying`);
      away = true;
    });
    redis.on('ready', () => {
      if (away) this.logger.log('Redis answers again');
      away = false;
    });
    redis.connect().catch(() => undefined); // reported by the handler above; ioredis keeps trying
    this.connections.push(redis);
    return redis;
  }

  onModuleDestroy(): void {
    for (const connection of this.connections) connection.disconnect();
  }
}
