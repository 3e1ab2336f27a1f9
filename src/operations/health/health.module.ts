import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { QueueModule } from '../../platform/queue/queue.module';
import { EngineHealthIndicator } from './engine.health';
import { HealthController } from './health.controller';
import { QueueHealthIndicator } from './queue.health';
import { RedisHealthIndicator } from './redis.health';
import { ShutdownHealthIndicator } from './shutdown.health';

@Module({
  imports: [QueueModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [
    RedisHealthIndicator,
    QueueHealthIndicator,
    EngineHealthIndicator,
    ShutdownHealthIndicator,
  ],
})
export class HealthModule {}
