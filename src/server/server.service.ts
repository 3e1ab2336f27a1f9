import { Injectable } from '@nestjs/common';
import { UserRole } from '../accounts/user.entity';
import type { Language } from '../platform/i18n/bilingual';
import type { ServerStateDto } from './server-state.dto';
import { EngineSampler } from './engine-sampler';
import { HostSampler } from './host-metrics/host-sampler';
import { RiskService, toServerRiskDto } from './risks/risk.service';
import { toServerState } from './server-report';

interface CachedText {
  readonly madeOf: readonly object[];
  readonly text: string;
}

/** The state of the server, put together from what was measured in the background. */
@Injectable()
export class ServerService {
  private readonly texts = new Map<string, CachedText>();

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

  /**
   * The same as JSON text, made once for each new snapshot, language and kind of reader: turning
   * the metrics and risks into text would cost more than the rest of the request.
   */
  async getStateText(language: Language, role: UserRole): Promise<string> {
    const madeOf = [await this.host.latest(), this.engine.latest, ...this.risks.state];
    const key = `${language} ${role}`;
    const cached = this.texts.get(key);
    if (cached?.madeOf.every((part, index) => part === madeOf[index])) return cached.text;
    const text = JSON.stringify(await this.getState(language, role));
    this.texts.set(key, { madeOf, text });
    return text;
  }
}
