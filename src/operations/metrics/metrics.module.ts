import { Module } from '@nestjs/common';
import { QueueModule } from '../../platform/queue/queue.module';
import { EngineMetrics } from './engine-metrics';
import { HttpMetrics } from './http-metrics';
import { MetricsController } from './metrics.controller';
import { MetricsRegistry } from './metrics-registry';
import { QueueMetrics } from './queue-metrics';
import { AppsModule } from '../../apps/apps.module';
import { ServerModule } from '../../server/server.module';
import { WorkMetrics } from './work-metrics';

/** Metrics for Prometheus. It stands above the product and reads from it. */
@Module({
  imports: [AppsModule, QueueModule, ServerModule],
  controllers: [MetricsController],
  providers: [MetricsRegistry, HttpMetrics, EngineMetrics, QueueMetrics, WorkMetrics],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
