import { Module } from '@nestjs/common';
import { EngineSampler } from './engine-sampler';
import { MetricsHistoryController } from './metrics-history/metrics-history.controller';
import { MetricsHistoryService } from './metrics-history/metrics-history.service';
import { HostSampler } from './host-metrics/host-sampler';
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
  ],
  exports: [HostSampler, EngineSampler, RiskAuditor, RiskService],
})
export class ServerModule {}
