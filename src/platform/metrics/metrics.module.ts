import { Global, Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module';
import { EngineMetrics } from './engine-metrics';
import { HttpMetrics } from './http-metrics';
import { MetricsController } from './metrics.controller';
import { MetricsRegistry } from './metrics-registry';
import { QueueMetrics } from './queue-metrics';

/** Metrics for Prometheus. Global: every part of the product may add its own to the registry. */
@Global()
@Module({
  imports: [QueueModule],
  controllers: [MetricsController],
  providers: [MetricsRegistry, HttpMetrics, EngineMetrics, QueueMetrics],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
