import { applyDecorators, Get, Header, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Authenticated } from '../http/access/access-rule';
import { CurrentUser } from '../http/access/current-user';
import { StackHubController } from '../http/openapi/controllers';
import { RawAnswer } from '../http/envelope/envelope.adapter';
import { StackHubAnswers } from '../http/openapi/envelopes';
import { requestLanguage } from '../http/request/request-context';
import { ServerStateDto } from './server-state.dto';
import { ServerService } from './server.service';

/** The documented call; the same for GET and POST but for its operation id. */
const SearchServer = (method: typeof Get, operationId: string): MethodDecorator =>
  applyDecorators(
    method('searchServer'),
    Authenticated(),
    ApiOperation({ operationId, summary: 'State of the server / 服务器状态查询' }),
    StackHubAnswers(ServerStateDto),
    RawAnswer(),
    Header('content-type', 'application/json; charset=utf-8'),
  );

/** The documented call of the StackHub family that shows the state of the machine. */
@StackHubController('Server')
export class ServerController {
  constructor(private readonly server: ServerService) {}

  @SearchServer(Get, 'searchServer')
  byGet(
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Buffer | Promise<Buffer> {
    return this.answer(request, user);
  }

  @SearchServer(Post, 'searchServerByPost')
  byPost(
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Buffer | Promise<Buffer> {
    return this.answer(request, user);
  }

  private answer(request: FastifyRequest, user: CurrentUser): Buffer | Promise<Buffer> {
    return this.server.getAnswer(requestLanguage(request), user.role);
  }
}
