import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Settings } from '../../platform/config/settings';
import { AnswerQueue } from '../../platform/queue/answer-queue';
import { RedisService } from '../../platform/redis/redis.service';
import { Home } from './home';
import { requestQueueOf, SealedMessages, type Sealed } from './home-requests';
import { toInjection, toReply, type PassedRequest } from './passed-request';

/** Requests that one process answers at once; most of them wait for the engine. */
const CONCURRENCY = 64;
const MARK_HEADER = 'x-stackscape-passed';
const FREE_HEADER = 'x-stackscape-free';

/**
 * Answers requests about the apps of this node that came to the server of another one, as if the client had asked here:
 * with its token, its address and all checks.
 */
@Injectable()
export class HomeRequestProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  /** Known to this process alone: no client can claim that its request was passed on. */
  private readonly mark = randomBytes(24).toString('hex');
  private readonly messages: SealedMessages;
  private readonly answers: AnswerQueue<Sealed, Sealed>;

  constructor(
    private readonly settings: Settings,
    redis: RedisService,
    private readonly home: Home,
    private readonly http: HttpAdapterHost,
  ) {
    this.messages = new SealedMessages(settings);
    this.answers = new AnswerQueue(settings, redis, {
      queueName: () => {
        const { nodeId } = home;
        return Promise.resolve(nodeId === null ? null : requestQueueOf(nodeId));
      },
      concurrency: CONCURRENCY,
      reply: (message) => this.reply(message),
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.orchestrator === 'swarm') this.answers.begin();
  }

  async onModuleDestroy(): Promise<void> {
    await this.answers.end();
  }

  /** Whether another server has passed it on. */
  isPassed({ headers }: FastifyRequest): boolean {
    return headers[MARK_HEADER] === this.mark;
  }

  /** Whether the former home of the app keeps nothing of it. */
  isFree(request: FastifyRequest): boolean {
    return this.isPassed(request) && request.headers[FREE_HEADER] === 'true';
  }

  private async reply(message: Sealed): Promise<Sealed> {
    const nodeId = this.home.nodeId ?? '';
    const request = this.messages.open<PassedRequest>(message, nodeId);
    const server = this.http.httpAdapter.getInstance<FastifyInstance>();
    const mark = { [MARK_HEADER]: this.mark, [FREE_HEADER]: String(request.isFree) };
    const { statusCode, headers, payload } = await server.inject(toInjection(request, mark));
    return this.messages.seal(toReply(statusCode, headers, payload), nodeId);
  }
}
