import { Get, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { AnswersList } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { AppAudit } from './app-audit';
import {
  DriftFindingDto,
  RepairOutcomeDto,
  toDriftFindingDto,
  toRepairOutcomeDto,
} from './drift.dto';
import { DriftService } from '../drift/drift.service';

/** Where the database and the engine disagree, and how to repair it. */
@DscapeController('apps/drift', 'Apps')
export class DriftController {
  constructor(
    private readonly driftService: DriftService,
    private readonly audit: AppAudit,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({ operationId: 'getDrift', summary: 'Where rows and engine disagree / 偏差报告' })
  @AnswersList(DriftFindingDto)
  async drift(@Req() request: FastifyRequest): Promise<DriftFindingDto[]> {
    const language = requestLanguage(request);
    return (await this.driftService.report()).map((found) => toDriftFindingDto(found, language));
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
    return outcomes.map((outcome) => toRepairOutcomeDto(outcome, language));
  }
}
