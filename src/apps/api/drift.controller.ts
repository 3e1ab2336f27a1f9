import { Get, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { AnswersList } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { DomainError } from '../../platform/errors/domain-error';
import { AppAudit } from './app-audit';
import {
  DriftFindingDto,
  RepairOutcomeDto,
  toDriftFindingDto,
  toRepairOutcomeDto,
} from './drift.dto';
import { unansweredNode } from '../drift/drift-finding';
import { DriftService } from '../drift/drift.service';
import { HomeCalls } from '../homes/home-calls';

/** Where the database and the engine disagree, and how to repair it. */
@DscapeController('apps/drift', 'Apps')
export class DriftController {
  constructor(
    private readonly driftService: DriftService,
    private readonly audit: AppAudit,
    private readonly homes: HomeCalls,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({ operationId: 'getDrift', summary: 'Where rows and engine disagree / 偏差报告' })
  @AnswersList(DriftFindingDto)
  async drift(@Req() request: FastifyRequest): Promise<DriftFindingDto[]> {
    const language = requestLanguage(request);
    const [own, elsewhere] = await Promise.all([
      this.driftService.report(),
      this.elsewhere(request, { method: 'GET', url: '/api/v1/apps/drift' }, (name) =>
        toDriftFindingDto(unansweredNode(name), language),
      ),
    ]);
    // What is of the Swarm and of no app, each of its servers finds.
    const keyOf = (found: DriftFindingDto): string =>
      JSON.stringify([found.kind, found.subject, found.appName]);
    const all = [...own.map((found) => toDriftFindingDto(found, language)), ...elsewhere];
    return [...new Map(all.map((found) => [keyOf(found), found])).values()];
  }

  @Post('repair')
  @AdminOnly()
  @ApiOperation({
    operationId: 'repairDrift',
    summary: 'Mend what the drift report names / 修复偏差',
  })
  @AnswersList(RepairOutcomeDto)
  async repair(
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<RepairOutcomeDto[]> {
    const language = requestLanguage(request);
    const outcomes = await this.driftService.repairAll();
    await this.audit.record('app.drift-repaired', user, 'all');
    const elsewhere = await this.elsewhere(
      request,
      { method: 'POST', url: '/api/v1/apps/drift/repair' },
      (name) => {
        const finding = unansweredNode(name);
        return toRepairOutcomeDto({ ...finding, done: false, failure: finding.message }, language);
      },
    );
    return [...outcomes.map((outcome) => toRepairOutcomeDto(outcome, language)), ...elsewhere];
  }

  /** What the servers of the other nodes answer to the same call. */
  private async elsewhere<Item>(
    request: FastifyRequest,
    call: { readonly method: 'GET' | 'POST'; readonly url: string },
    unanswered: (name: string) => Item,
  ): Promise<Item[]> {
    const homes = await this.homes.others(request);
    const answers = homes.map(async ({ nodeId, name }) => {
      try {
        return (await this.homes.call(request, nodeId, 'drift', call)) as Item[];
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return [unanswered(name)];
      }
    });
    return (await Promise.all(answers)).flat();
  }
}
