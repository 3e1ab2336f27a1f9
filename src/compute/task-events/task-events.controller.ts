import { BatchNotFoundError } from '../tasks/task.errors';
import { NotYoursError } from '../history/history.errors';
import { Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { Fails } from '../../http/openapi/envelopes';
import { AnswersStream } from '../../http/openapi/stream-answers';
import { OpenStreams } from '../../auth/streams/open-streams';
import { StreamQueryDto } from '../../http/streams/stream-query.dto';
import { TOO_MANY_STREAMS } from '../../http/streams/stream-slots';
import { lastEventIdOf } from '../../http/streams/last-event-id';
import { BatchParams } from '../task.dto';
import { TaskListService } from '../task-list/task-list.service';
import { BATCH_EVENTS, TASK_EVENTS } from './task-event.dto';
import { TaskEventFeed } from './task-event-feed';

/** What happens to tasks, as server-sent events. */
@DscapeController('compute', 'Compute')
export class TaskEventsController {
  constructor(
    private readonly tasks: TaskListService,
    private readonly feed: TaskEventFeed,
    private readonly streams: OpenStreams,
  ) {}

  @Get('events')
  @Authenticated()
  @AnswersStream(TASK_EVENTS, { resumable: true })
  @Fails(TOO_MANY_STREAMS)
  @ApiOperation({
    operationId: 'followTasks',
    summary: 'Own tasks as they are queued and end, as server-sent events / 计算任务事件流',
    description:
      'Begins now, or after `Last-Event-ID`. Events are kept for a day. A task tells when it is queued ' +
      '(3), done (0) or terminated (4); one of a rerun only when it ends.',
  })
  async events(
    @CurrentUser() { userId }: CurrentUser,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: StreamQueryDto,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const options = { lastEventId: lastEventIdOf(lastEventId, query) };
    await this.feed.follow(this.streams.open(request, reply), { userId }, options);
  }

  @Get('batches/:bid/events')
  @Authenticated()
  @AnswersStream(BATCH_EVENTS, { resumable: true })
  @Fails(new BatchNotFoundError(), new NotYoursError(), TOO_MANY_STREAMS)
  @ApiOperation({
    operationId: 'followBatch',
    summary: 'A batch and its tasks as they end, as server-sent events / 批次事件流',
    description:
      'Begins with the first event of the batch, or after `Last-Event-ID`. `batch` comes at the start ' +
      'and after each change; nothing follows one that is `finished`.',
  })
  async batchEvents(
    @CurrentUser() user: CurrentUser,
    @Param() { bid }: BatchParams,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: StreamQueryDto,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    await this.tasks.batch(user, bid);
    await this.feed.follow(
      this.streams.open(request, reply),
      { batch: bid },
      {
        lastEventId: lastEventIdOf(lastEventId, query),
        fromStart: true,
        summary: async () => ({ event: 'batch', data: await this.tasks.batch(user, bid) }),
      },
    );
  }
}
