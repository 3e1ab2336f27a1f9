import { createBullBoard } from '@bull-board/api';
import { BullAdapter } from '@bull-board/api/bullAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Logger, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';
import { AuditService } from '../../audit/audit.service';
import type { RequestWithUser } from '../../http/access/current-user';
import { AccessGuard } from '../../auth/access/access.guard';
import { ClientAddresses } from '../../auth/addresses/client-addresses';
import { sendFailure } from '../../http/envelope/error.filter';
import { statusOfKind } from '../../http/errors/http-status';
import { toDomainError } from '../../http/errors/to-domain-error';
import { QueueModule } from '../../platform/queue/queue.module';
import { QueueRegistry } from '../../platform/queue/queue-registry';
import { signInPage, signInScriptHash } from './sign-in-page';

/** Where the board is; below it everything but the library's own scripts and styles is guarded. */
export const QUEUE_BOARD_PATH = '/admin/queues';

/**
 * Bull-board for administrators, behind the same guard as every route. The board knows no
 * tokens, and a cookie would let foreign pages press its buttons; so a browser without a token gets a
 * page that asks for one and sends it with every call.
 */
@Module({ imports: [QueueModule] })
export class QueueBoardModule implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(QueueBoardModule.name);
  private readonly adapter = new FastifyAdapter();
  private readonly board = createBullBoard({
    queues: [],
    serverAdapter: this.adapter,
    options: { uiConfig: { boardTitle: 'StackScape' } },
  });

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly queues: QueueRegistry,
    private readonly guard: AccessGuard,
    private readonly addresses: ClientAddresses,
    private readonly audit: AuditService,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.adapter.setBasePath(QUEUE_BOARD_PATH);
    // Not awaited: that would boot the server before Nest has set its error handler.
    void server.register(
      async (scope) => {
        scope.addHook('onRequest', (request, reply) => this.admit(request, reply));
        scope.addHook('onSend', withoutForeignFiles);
        await scope.register(this.adapter.registerPlugin());
      },
      { prefix: QUEUE_BOARD_PATH },
    );
  }

  onApplicationBootstrap(): void {
    for (const queue of this.queues.all()) this.board.addQueue(new BullAdapter(queue));
    this.queues.onAdded((queue) => this.board.addQueue(new BullAdapter(queue)));
  }

  private async admit(
    request: FastifyRequest & RequestWithUser,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> {
    if (request.url.startsWith(`${QUEUE_BOARD_PATH}/static/`)) return undefined;
    allowBoardContent(reply);
    try {
      await this.guard.admit('admin', request, reply);
      if (request.method !== 'GET') await this.record(request);
      return undefined;
    } catch (error) {
      const failure = toDomainError(error);
      if (failure.kind === 'unauthenticated' && request.headers.accept?.includes('text/html'))
        return reply
          .status(statusOfKind[failure.kind])
          .header('content-type', 'text/html; charset=utf-8')
          .send(signInPage(QUEUE_BOARD_PATH));
      sendFailure(failure, request, reply, this.logger);
      return reply;
    }
  }

  private async record(request: FastifyRequest & RequestWithUser): Promise<void> {
    await this.audit.record({
      action: 'queue-board.used',
      actor: request.user ?? null,
      target: { type: 'queue', id: request.url.slice(QUEUE_BOARD_PATH.length) },
      address: this.addresses.of(request),
      details: { method: request.method },
    });
  }
}

/** The library's page asks for web fonts; a page of the server asks nobody else for anything. */
const withoutForeignFiles: onSendHookHandler = (_request, _reply, payload, done) =>
  done(
    null,
    typeof payload === 'string'
      ? payload.replace(/<link\b[^>]*\bhref="(https?:)?\/\/[^>]*>/g, '')
      : payload,
  );

/** The sign-in page has a script of its own, and the pages of bull-board have inline styles. */
function allowBoardContent(reply: FastifyReply): void {
  const policy = String(reply.getHeader('content-security-policy'))
    .replace(/script-src [^;]+/, `script-src 'self' ${signInScriptHash(QUEUE_BOARD_PATH)}`)
    .replace(/style-src [^;]+/, "style-src 'self' 'unsafe-inline'");
  void reply.header('content-security-policy', policy);
}
