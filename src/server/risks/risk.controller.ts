import { RiskNotFoundError } from './risk.errors';
import { Body, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly } from '../../http/access/access-rule';
import { ClientAddress } from '../../auth/addresses/client-addresses';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { AnswersList, AnswersNothing, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { NodeQueryDto, NODE_FAILURES } from '../nodes/node-query.dto';
import { AcknowledgeRiskDto, RiskDto, RiskIdDto } from './risk.dto';
import { RiskService } from './risk.service';

/** Risks of the machine, of everything on its engine and of our own settings. */
@DscapeController('server/risks', 'Server')
export class RiskController {
  constructor(private readonly risks: RiskService) {}

  @Get()
  @AdminOnly()
  @ApiOperation({ operationId: 'listRisks', summary: 'Risks, acknowledged ones too / 风险列表' })
  @AnswersList(RiskDto)
  @Fails(...NODE_FAILURES)
  list(@Req() request: FastifyRequest, @Query() { node }: NodeQueryDto): Promise<RiskDto[]> {
    return this.risks.list(requestLanguage(request), node);
  }

  @Post('scan')
  @AdminOnly()
  @ApiOperation({ operationId: 'scanRisks', summary: 'Look for risks now / 立即检查风险' })
  @AnswersList(RiskDto)
  @Fails(...NODE_FAILURES)
  scan(@Req() request: FastifyRequest, @Query() { node }: NodeQueryDto): Promise<RiskDto[]> {
    return this.risks.scan(requestLanguage(request), node);
  }

  @Post(':id/acknowledge')
  @AdminOnly()
  @ApiOperation({ operationId: 'acknowledgeRisk', summary: 'Acknowledge a risk / 确认风险' })
  @AnswersNothing()
  @Fails(new RiskNotFoundError(), ...NODE_FAILURES)
  async acknowledge(
    @Param() { id }: RiskIdDto,
    @Query() { node }: NodeQueryDto,
    @Body() input: AcknowledgeRiskDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.risks.acknowledge(id, input, admin, address, node);
  }

  @Delete(':id/acknowledge')
  @AdminOnly()
  @ApiOperation({ operationId: 'reopenRisk', summary: 'Withdraw an acknowledgement / 取消确认' })
  @AnswersNothing()
  @Fails(new RiskNotFoundError())
  async withdraw(
    @Param() { id }: RiskIdDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.risks.withdraw(id, admin, address);
  }
}
