import { Injectable } from '@nestjs/common';
import { UserRole } from '../users/user-role';
import type { Language } from '../platform/i18n/bilingual';
import type { ServerStateDto } from './dto/server-state.dto';
import { EngineSampler } from './engine-sampler';
import { HostSampler } from './host-sampler';
import { RiskService, toServerRiskDto } from './risks/risk.service';
import { toServerState } from './server-report';

/** The state of the server, put together from what was measured in the background. */
@Injectable()
export class ServerService {
  constructor(
    private readonly host: HostSampler,
    private readonly engine: EngineSampler,
    private readonly risks: RiskService,
  ) {}

  /**
   * Never asks the engine, a disk or the database; waits only in the first 0.2 s of the process.
   * What exactly is weak is for administrators: other users learn the number.
   */
  async getState(language: Language, role: UserRole): Promise<ServerStateDto> {
    const host = await this.host.latest();
    const open = this.risks.open();
    const shown =
      role === UserRole.Admin ? open.map((found) => toServerRiskDto(found, language)) : [];
    return toServerState(host, this.engine.latest, { open: open.length, shown }, language);
  }
}
