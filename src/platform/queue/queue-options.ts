import type { QueueOptions } from 'bull';
import type { Settings } from '../config/settings';
import { redisOptions } from '../redis/redis-options';

/** Redis options of every queue; Bull's defaults can hang indefinitely after a Redis outage (ioredis#2099). */
const connectionOptions = {
  disableClientInfo: true,
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  connectTimeout: 5_000,
  disconnectTimeout: 500,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
};

/** What all queues of an installation have in common. */
export function queueOptions(settings: Pick<Settings, 'redisUrl' | 'redisPrefix'>): QueueOptions {
  return {
    redis: { ...redisOptions(settings.redisUrl), ...connectionOptions },
    // The hash tag keeps all keys of a queue on one node of a Redis cluster.
    prefix: `{${settings.redisPrefix}-queue}`,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  };
}
