import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap } from 'rxjs';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { AnswersList, Fails } from '../../http/openapi/envelopes';
import { AnswersStream } from '../../http/openapi/stream-answers';
import { OpenStreams } from '../../auth/streams/open-streams';
import { TicketQueryDto } from '../../http/streams/stream-query.dto';
import { TOO_MANY_STREAMS } from '../../http/streams/stream-slots';
import { requestLanguage } from '../../http/request/request-context';
import { ServerStateDto } from '../server-state.dto';
import { MetricsHistoryQueryDto, HistoryPointDto } from './metrics-history.dto';
import { MetricsHistoryService } from './metrics-history.service';
import { HostSampler } from '../host-metrics/host-sampler';
import { ServerService } from '../server.service';

/** Host metrics over time: the last day, and live. */
@DscapeController('server', 'Server')
export class MetricsHistoryController {
  constructor(
    private readonly history: MetricsHistoryService,
    private readonly sampler: HostSampler,
    private readonly server: ServerService,
    private readonly streams: OpenStreams,
  ) {}

  @Get('history')
  @Authenticated()
  @ApiOperation({
    operationId: 'serverHistory',
    summary: 'Metrics of the last 24 hours, coarser with age / 最近24小时的数据',
  })
  @AnswersList(HistoryPointDto)
  lastMinutes(@Query() { minutes = 1440 }: MetricsHistoryQueryDto): HistoryPointDto[] {
    return this.history.lastMinutes(minutes).map(({ at, ...metrics }) => ({
      at: new Date(at).toISOString(),
      ...metrics,
    }));
  }

  /** The data of `searchServer` once a second. */
  @Get('events')
  @Authenticated()
  @ApiOperation({
    operationId: 'serverEvents',
    summary: 'Live metrics as server-sent events / 实时数据（SSE）',
  })
  @AnswersStream({ figures: ServerStateDto })
  @Fails(TOO_MANY_STREAMS)
  events(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentUser() user: CurrentUser,
    @Query() _: TicketQueryDto,
  ): void {
    const language = requestLanguage(request);
    const stream = this.streams.open(request, reply);
    const metrics = this.sampler.snapshots
      .pipe(
        mergeMap(async (snapshot) => ({
          event: 'figures',
          id: String(snapshot.at.getTime()),
          data: await this.server.getState(language, user.role),
        })),
      )
      .subscribe({
        next: (event) => stream.send(event),
        error: () => stream.end(),
      });
    stream.signal.addEventListener('abort', () => metrics.unsubscribe());
  }
}
