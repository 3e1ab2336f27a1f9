import { Module } from '@nestjs/common';
import { EngineSampler } from './engine-sampler';
import { FiguresController } from './host-metrics.controller';
import { HistoryService } from './metrics-history/metrics-history.service';
import { HostSampler } from './host-metrics/host-sampler';
import { RiskController } from './risks/risk.controller';
import { EngineAudit } from './risks/engine-audit';
import { RiskAuditor } from './risks/risk-auditor';
import { RiskService } from './risks/risk.service';
import { ServerController } from './server.controller';
import { ServerService } from './server.service';

/** The state of the machine and of its engine. */
@Module({
  controllers: [ServerController, FiguresController, RiskController],
  providers: [
    HostSampler,
    EngineSampler,
    EngineAudit,
    RiskAuditor,
    RiskService,
    ServerService,
    HistoryService,
  ],
  exports: [HostSampler, EngineSampler, RiskService],
})
export class ServerModule {}
