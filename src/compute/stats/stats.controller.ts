import { ModelNotFoundError } from '../model-store/model.errors';
import { ComputeUserNotFoundError, NotYoursError } from '../history/history.errors';
import { Get, Query, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { LengthsDto, LengthsQuery, StatsDto, StatsQuery } from './stats.dto';
import { StatsService } from './stats.service';

/** How the models did on confirmed records. Research use only. */
@DscapeController('compute/stats', 'Models')
export class StatsController {
  constructor(private readonly statistics: StatsService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'computeStats',
    summary:
      'Confusion matrix, sensitivity, specificity, AUC, ROC curve, Brier score, calibration / 模型统计',
  })
  @Answers(StatsDto)
  @Fails(new ModelNotFoundError(), new ComputeUserNotFoundError(), new NotYoursError())
  stats(
    @CurrentUser() user: CurrentUser,
    @Query() query: StatsQuery,
    @Req() request: FastifyRequest,
  ): Promise<StatsDto> {
    return this.statistics.stats(user, query, requestLanguage(request));
  }

  @Get('lengths')
  @Authenticated()
  @ApiOperation({
    operationId: 'lengthHistogram',
    summary: 'Histogram of fragment length by confirmed status / 片段长度分布',
  })
  @Answers(LengthsDto)
  @Fails(new ComputeUserNotFoundError(), new NotYoursError())
  lengths(
    @CurrentUser() user: CurrentUser,
    @Query() query: LengthsQuery,
    @Req() request: FastifyRequest,
  ): Promise<LengthsDto> {
    return this.statistics.lengths(user, query, requestLanguage(request));
  }
}
