import { Module } from '@nestjs/common';
import { EngineSampler } from './engine-sampler';
import { FiguresController } from './figures.controller';
import { HistoryService } from './history/history.service';
import { HostSampler } from './host-sampler';
import { RiskController } from './risk.controller';
import { EngineAudit } from './risks/engine-audit';
import { RiskAuditor } from './risks/risk-auditor';
import { RiskService } from './risks/risk.service';
import { ServerController } from './server.controller';
import { ServerService } from './server.service';
import { WorkMetrics } from './work-metrics';

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
    WorkMetrics,
  ],
  exports: [HostSampler, EngineSampler],
})
export class ServerModule {}
