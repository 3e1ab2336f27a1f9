import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import type { Language } from '../../platform/i18n/bilingual';
import type { AcknowledgeRiskDto, RiskDto } from './risk.dto';
import type { NodeReport } from '../nodes/node-report';
import { NodeReports } from '../nodes/node-reports';
import type { ServerRiskDto } from '../server-state.dto';
import { AcknowledgementEndPastError, RiskNotFoundError } from './risk.errors';
import type { Risk } from './risk';
import { RiskAcknowledgement } from './risk-acknowledgement.entity';
import { RiskAuditor } from './risk-auditor';

/** Acknowledgements made on another node show after this time at the latest. */
const RELOAD_MS = 10_000;

/** The risks and their acknowledgements. */
@Injectable()
export class RiskService implements OnModuleInit {
  private readonly logger = new Logger(RiskService.name);
  private acknowledgements = new Map<string, RiskAcknowledgement>();
  private loadedAt = -Infinity;
  private loading: Promise<void> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly auditor: RiskAuditor,
    private readonly auditLog: AuditService,
    private readonly nodes: NodeReports,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.load();
  }

  /** Risks without acknowledgement, from memory: never waits for engine or database. */
  open(): Risk[] {
    return this.openOf(this.auditor.risks);
  }

  /** Those without acknowledgement. */
  openOf(risks: readonly Risk[]): Risk[] {
    if (performance.now() - this.loadedAt > RELOAD_MS) void this.load();
    return risks.filter((found) => !this.acknowledgementOf(found));
  }

  /** Changes whenever `open` may answer otherwise than before; ends of acknowledgements apart. */
  get state(): readonly [object, object] {
    return [this.auditor.risks, this.acknowledgements];
  }

  /**
   * All risks of the last round.
   * @param ref the node that they are of; absent: that of the engine in use. Throws as `NodeReports.elsewhere` and
   * `NodeReports.report`
   */
  async list(language: Language, ref?: string): Promise<RiskDto[]> {
    const risks = await this.risksOf(ref);
    await this.load();
    return risks.map((found) => toRiskDto(found, this.acknowledgementOf(found), language));
  }

  /** Audits engine, disks and settings now; on another node its engine and disks. Throws as `list`. */
  async scan(language: Language, ref?: string): Promise<RiskDto[]> {
    const node = await this.nodes.elsewhere(ref);
    const risks = node ? risksIn(await this.nodes.scan(node)) : await this.auditor.audit(true);
    await this.load();
    return risks.map((found) => toRiskDto(found, this.acknowledgementOf(found), language));
  }

  private async risksOf(ref: string | undefined): Promise<readonly Risk[]> {
    const node = await this.nodes.elsewhere(ref);
    return node ? risksIn(await this.nodes.report(node)) : this.auditor.risks;
  }

  /**
   * A second acknowledgement replaces the first.
   *
   * @throws RiskNotFoundError unless the last round found it, AcknowledgementEndPastError; as `list`
   */
  async acknowledge(
    id: string,
    input: AcknowledgeRiskDto,
    admin: CurrentUser,
    address: string,
    ref?: string,
  ): Promise<void> {
    const found = (await this.risksOf(ref)).find((candidate) => candidate.id === id);
    if (!found) throw new RiskNotFoundError();
    const until = input.until ? new Date(input.until) : null;
    if (until && until.getTime() <= Date.now()) throw new AcknowledgementEndPastError();
    await runInTransaction(this.dataSource, async (tx) => {
      await tx.delete(RiskAcknowledgement, { riskId: id });
      await tx.insert(RiskAcknowledgement, {
        riskId: id,
        code: found.code,
        subject: found.subject.slice(0, 255),
        reason: input.reason,
        byUid: admin.uid,
        byName: admin.name,
        at: new Date(),
        until,
      });
      await this.auditLog.record(
        {
          action: 'risk.acknowledged',
          actor: admin,
          address,
          target: { type: 'risk', id, name: `${found.code} ${found.subject}` },
          details: { reason: input.reason, until: until?.toISOString() ?? null },
        },
        tx,
      );
    });
    this.loadedAt = -Infinity;
    await this.load();
  }

  /** @throws RiskNotFoundError when there is no acknowledgement */
  async withdraw(id: string, admin: CurrentUser, address: string): Promise<void> {
    await runInTransaction(this.dataSource, async (tx) => {
      const { affected } = await tx.delete(RiskAcknowledgement, { riskId: id });
      if (!affected) throw new RiskNotFoundError();
      await this.auditLog.record(
        { action: 'risk.reopened', actor: admin, address, target: { type: 'risk', id } },
        tx,
      );
    });
    this.loadedAt = -Infinity;
    await this.load();
  }

  private acknowledgementOf(found: Risk): RiskAcknowledgement | null {
    const known = this.acknowledgements.get(found.id);
    return known && (!known.until || known.until.getTime() > Date.now()) ? known : null;
  }

  /** While the database is away, the acknowledgements read last stay valid. */
  private load(): Promise<void> {
    this.loading ??= this.dataSource.manager
      .find(RiskAcknowledgement)
      .then((rows) => {
        this.acknowledgements = new Map(rows.map((row) => [row.riskId, row]));
      })
      .catch((error: Error) => {
        this.logger.warn(`Acknowledgements could not be read: ${error.message}`);
      })
      .finally(() => {
        this.loadedAt = performance.now();
        this.loading = null;
      });
    return this.loading;
  }
}

/** What a worker of the same version found on its node. */
export function risksIn({ risks }: NodeReport): readonly Risk[] {
  return risks as readonly Risk[];
}

export function toServerRiskDto(found: Risk, language: Language): ServerRiskDto {
  return {
    id: found.id,
    code: found.code,
    severity: found.severity,
    subject: found.subject,
    evidence: found.evidence[language],
    remedy: found.remedy[language],
  };
}

function toRiskDto(
  found: Risk,
  acknowledgement: RiskAcknowledgement | null,
  language: Language,
): RiskDto {
  return {
    ...toServerRiskDto(found, language),
    acknowledged: acknowledgement && {
      by: acknowledgement.byName,
      reason: acknowledgement.reason,
      at: acknowledgement.at.toISOString(),
      until: acknowledgement.until?.toISOString() ?? null,
    },
  };
}
