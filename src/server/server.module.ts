import { Module } from '@nestjs/common';
import { EngineSampler } from './engine-sampler';
import { MetricsHistoryController } from './metrics-history/metrics-history.controller';
import { MetricsHistoryService } from './metrics-history/metrics-history.service';
import { HostSampler } from './host-metrics/host-sampler';
import { NodeQueue } from './nodes/node.queue';
import { NodeProcessor } from './node-worker/node.processor';
import { NodeReports } from './nodes/node-reports';
import { RiskController } from './risks/risk.controller';
import { EngineAudit } from './risks/engine-audit';
import { RiskAuditor } from './risks/risk-auditor';
import { RiskService } from './risks/risk.service';
import { ServerController } from './server.controller';
import { ServerService } from './server.service';

/** The state of the machine and of its engine. */
@Module({
  controllers: [ServerController, MetricsHistoryController, RiskController],
  providers: [
    HostSampler,
    EngineSampler,
    EngineAudit,
    RiskAuditor,
    RiskService,
    ServerService,
    MetricsHistoryService,
    NodeQueue,
    NodeProcessor,
    NodeReports,
  ],
  exports: [HostSampler, EngineSampler, NodeReports, RiskAuditor, RiskService],
})
export class ServerModule {}
