import { Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { OpenStreams } from '../../auth/streams/open-streams';
import { TOO_MANY_STREAMS } from '../../http/streams/stream-slots';
import { Fails } from '../../http/openapi/envelopes';
import { AnswersStream } from '../../http/openapi/stream-answers';
import { requestLanguage } from '../../http/request/request-context';
import { NOT_INSTALLED } from './app-failures';
import { APP_EVENTS } from './app-event.dto';
import { AppParamDto } from './operations.dto';
import { StreamQueryDto } from '../../http/streams/stream-query.dto';
import { lastEventIdOf } from '../../http/streams/last-event-id';
import { AppStatusService } from '../status/app-status.service';
import { AppEventsService } from '../progress/app-events.service';
import { EventFeed } from '../progress/event-feed';

/** What happens to apps, as server-sent events. */
@DscapeController('apps', 'Apps')
export class AppEventsController {
  constructor(
    private readonly statuses: AppStatusService,
    private readonly events: AppEventsService,
    private readonly feed: EventFeed,
    private readonly streams: OpenStreams,
  ) {}

  @Get('events')
  @Authenticated()
  @AnswersStream(APP_EVENTS, { resumable: true })
  @Fails(TOO_MANY_STREAMS)
  @ApiOperation({
    operationId: 'followAllAppEvents',
    summary: 'Events of all apps as server-sent events / 所有应用的事件流',
  })
  async allEvents(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: StreamQueryDto,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const after = lastEventIdOf(lastEventId, query) ?? (await this.events.latestId());
    const stream = this.streams.open(request, reply);
    await this.feed.follow(stream, null, after, requestLanguage(request));
  }

  @Get(':appName/events')
  @Authenticated()
  @AnswersStream(APP_EVENTS, { resumable: true })
  @Fails(NOT_INSTALLED, TOO_MANY_STREAMS)
  @ApiOperation({
    operationId: 'followAppEvents',
    summary: 'Phase, percent and log of an app as server-sent events / 应用事件流',
    description: 'Without Last-Event-ID it begins with the log of the present installation.',
  })
  async appEvents(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: StreamQueryDto,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const { row } = await this.statuses.get(appName);
    const after = lastEventIdOf(lastEventId, query) ?? (await this.events.idBefore(row.id));
    const stream = this.streams.open(request, reply);
    await this.feed.follow(stream, appName, after, requestLanguage(request));
  }
}
