import { TooManyAttemptsError } from '../auth.errors';
import { Body, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { accessTokenOf } from '../access/access-token.strategy';
import { StreamTicketDto, StreamTicketRequestDto } from './stream-ticket.dto';
import { StreamTickets } from '../tokens/stream-tickets';

/** For browsers, whose `EventSource` sends no headers. */
@DscapeController('stream-tickets', 'Sign-in')
export class StreamTicketController {
  constructor(private readonly tickets: StreamTickets) {}

  @Post()
  @Authenticated()
  @ApiOperation({
    operationId: 'issueStreamTicket',
    summary: 'A ticket for one event stream, in place of the token / 事件流票据',
    description:
      'Good for one use of that path within 30 s: `new EventSource(path + "?ticket=" + ticket)`. The stream ends ' +
      'with the session and the token that asked for the ticket. After a lost connection ask for another ' +
      'and go on with `&after=` and the id of the last event.',
  })
  @Answers(StreamTicketDto)
  @Fails(new TooManyAttemptsError(5))
  async issue(
    @CurrentUser() { uid }: CurrentUser,
    @Body() { path }: StreamTicketRequestDto,
    @Req() { headers }: FastifyRequest,
  ): Promise<StreamTicketDto> {
    const { ticket, expiresAt } = await this.tickets.issue(uid, accessTokenOf(headers) ?? '', path);
    return { ticket, expires_at: expiresAt.toISOString() };
  }
}
