import { applyDecorators, Body, Get, Header, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Authenticated } from '../http/access/access-rule';
import { CurrentUser } from '../http/access/current-user';
import { StackHubController } from '../http/openapi/controllers';
import { RawAnswer } from '../http/envelope/envelope.adapter';
import { Fails, StackHubAnswers } from '../http/openapi/envelopes';
import { requestLanguage } from '../http/request/request-context';
import { NODE_FAILURES, NodeQueryDto } from './nodes/node-query.dto';
import { ServerStateDto } from './server-state.dto';
import { ServerService } from './server.service';

/** The documented call; the same for GET and POST but for its operation id. */
const SearchServer = (method: typeof Get, operationId: string): MethodDecorator =>
  applyDecorators(
    method('searchServer'),
    Authenticated(),
    ApiOperation({
      operationId,
      summary: 'State of the server / 服务器状态查询',
      description:
        'Of the machine of the engine in use, in a Swarm that of the manager, or of the `node` that is named, of which a worker process there tells.',
    }),
    StackHubAnswers(ServerStateDto),
    Fails(...NODE_FAILURES),
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
    @Query() { node }: NodeQueryDto,
  ): Buffer | Promise<Buffer> {
    return this.answer(request, user, node);
  }

  @SearchServer(Post, 'searchServerByPost')
  @ApiBody({ type: NodeQueryDto, required: false })
  byPost(
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
    @Body() { node }: NodeQueryDto,
  ): Buffer | Promise<Buffer> {
    return this.answer(request, user, node);
  }

  private answer(
    request: FastifyRequest,
    { role }: CurrentUser,
    node?: string,
  ): Buffer | Promise<Buffer> {
    const language = requestLanguage(request);
    return node === undefined
      ? this.server.getAnswer(language, role)
      : this.server.getAnswerOf(node, language, role);
  }
}
