import { Module } from '@nestjs/common';
import { BullModule } from '@nestjs/bull';
import { DiscoveryModule } from '@nestjs/core';
import { Settings } from '../config/settings';
import { QueueMonitor } from './queue-monitor';
import { QueueRegistry } from './queue-registry';
import { QueueShutdown } from './queue-shutdown';

/** Redis options of every queue; Bull's defaults can hang indefinitely after a Redis outage (ioredis#2099). */
const connectionOptions = {
  disableClientInfo: true,
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  connectTimeout: 5_000,
  disconnectTimeout: 500,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
};

/**
 * Bull on Redis. Feature modules add `BullModule.registerQueue({ name, settings })`. A job carries ids only and
 * the database row is the truth, so a lost Redis loses nothing.
 */
@Module({
  imports: [
    DiscoveryModule,
    BullModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        url: settings.redisUrl ?? undefined,
        redis: connectionOptions,
        // The hash tag keeps all keys of a queue on one node of a Redis cluster.
        prefix: `{${settings.redisPrefix}-queue}`,
        defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
      }),
    }),
  ],
  providers: [QueueMonitor, QueueRegistry, QueueShutdown],
  exports: [QueueMonitor, QueueRegistry],
})
export class QueueModule {}
