import { Module } from '@nestjs/common';
import { BullModule } from '@nestjs/bull';
import { DiscoveryModule } from '@nestjs/core';
import { Settings } from '../config/settings';
import { QueueMonitor } from './queue-monitor';
import { queueOptions } from './queue-options';
import { QueueRegistry } from './queue-registry';
import { QueueShutdown } from './queue-shutdown';

/**
 * Bull on Redis. Feature modules add `BullModule.registerQueue({ name, settings })`. A job carries ids only and
 * the database row is the truth, so a lost Redis loses nothing.
 */
@Module({
  imports: [
    DiscoveryModule,
    BullModule.forRootAsync({
      inject: [Settings],
      useFactory: queueOptions,
    }),
  ],
  providers: [QueueMonitor, QueueRegistry, QueueShutdown],
  exports: [QueueMonitor, QueueRegistry],
})
export class QueueModule {}
