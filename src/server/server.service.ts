import { Injectable } from '@nestjs/common';
import { UserRole } from '../accounts/user.entity';
import { bilingual, type Language } from '../platform/i18n/bilingual';
import type { ServerStateDto } from './server-state.dto';
import { EngineSampler, type EngineSnapshot } from './engine-sampler';
import type { HostSnapshot } from './host-metrics/host-snapshot';
import { HostSampler } from './host-metrics/host-sampler';
import { NodeReports } from './nodes/node-reports';
import type { Risk } from './risks/risk';
import { RiskService, risksIn, toServerRiskDto } from './risks/risk.service';
import { toServerState } from './server-report';

const FOUND = bilingual('服务器状态信息查询成功', 'server state read');

interface CachedAnswer {
  readonly madeOf: readonly object[];
  readonly body: Buffer;
}

/** The state of the server, put together from what was measured in the background. */
@Injectable()
export class ServerService {
  private readonly answers = new Map<string, CachedAnswer>();

  constructor(
    private readonly host: HostSampler,
    private readonly engine: EngineSampler,
    private readonly risks: RiskService,
    private readonly nodes: NodeReports,
  ) {}

  /**
   * Never asks the engine, a disk or the database; waits only in the first 0.2 s of the process.
   * What exactly is weak is for administrators: other users learn the number.
   */
  async getState(language: Language, role: UserRole): Promise<ServerStateDto> {
    return this.stateOf(await this.host.latest(), language, role);
  }

  /**
   * The same as the bytes of a StackHub answer, made once for each new snapshot, language and kind of
   * reader: turning the metrics and risks into text would cost more than the rest of the request.
   */
  getAnswer(language: Language, role: UserRole): Buffer | Promise<Buffer> {
    const host = this.host.newest;
    return host
      ? this.answer(host, language, role)
      : this.host.latest().then((first) => this.answer(first, language, role));
  }

  /**
   * The same of the node of that id or host name. Throws as `NodeReports.elsewhere` and `NodeReports.report`.
   */
  async getAnswerOf(ref: string, language: Language, role: UserRole): Promise<Buffer> {
    const node = await this.nodes.elsewhere(ref);
    if (!node) return this.getAnswer(language, role);
    const report = await this.nodes.report(node);
    const open = this.risks.openOf(risksIn(report));
    return toAnswer(this.toState(report.host, report.engine, open, language, role), language);
  }

  private answer(host: HostSnapshot, language: Language, role: UserRole): Buffer {
    const key = `${language} ${role}`;
    const madeOf = [host, this.engine.latest, ...this.risks.state];
    const cached = this.answers.get(key);
    if (cached?.madeOf.every((part, index) => part === madeOf[index])) return cached.body;
    const body = toAnswer(this.stateOf(host, language, role), language);
    this.answers.set(key, { madeOf, body });
    return body;
  }

  private stateOf(host: HostSnapshot, language: Language, role: UserRole): ServerStateDto {
    return this.toState(host, this.engine.latest, this.risks.open(), language, role);
  }

  private toState(
    host: HostSnapshot,
    engine: EngineSnapshot,
    open: readonly Risk[],
    language: Language,
    role: UserRole,
  ): ServerStateDto {
    const shown =
      role === UserRole.Admin ? open.map((found) => toServerRiskDto(found, language)) : [];
    return toServerState(host, engine, { open: open.length, shown }, language);
  }
}

function toAnswer(data: ServerStateDto, language: Language): Buffer {
  return Buffer.from(JSON.stringify({ code: '1', message: FOUND[language], data }));
}
