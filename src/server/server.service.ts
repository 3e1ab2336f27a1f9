import { Injectable } from '@nestjs/common';
import type { Language } from '../platform/i18n/bilingual';
import type { ServerStateDto } from './dto/server-state.dto';
import { EngineSampler } from './engine-sampler';
import { HostSampler } from './host-sampler';
import { toServerState } from './server-report';

/** The state of the server, put together from what the samplers measured in the background. */
@Injectable()
export class ServerService {
  constructor(
    private readonly host: HostSampler,
    private readonly engine: EngineSampler,
  ) {}

  /** Never asks the engine or a disk; waits only in the first 0.2 s of the process. */
  async getState(language: Language): Promise<ServerStateDto> {
    const host = await this.host.latest();
    return toServerState(host, this.engine.latest, { open: 0, shown: [] }, language);
  }
}
