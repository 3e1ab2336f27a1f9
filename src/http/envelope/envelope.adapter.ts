import type { ServerResponse } from 'node:http';
import { StreamableFile, type CustomDecorator } from '@nestjs/common';
import { FastifyAdapter, RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BusinessCode } from '../../platform/errors/business-code';
import { requestLanguage } from '../request/request-context';
import { PassedAnswer } from './passed-answer';
import { StackHubAnswer } from './stackhub-answer';

/** Marks a handler whose answer goes out as it is: text, health, metrics. Streams go out so anyway. */
export const RawAnswer = (): CustomDecorator => RouteConfig({ rawAnswer: true });

/**
 * Wraps what a handler returns into the envelope of its family. It does so where the framework hands
 * the value over to Fastify: an interceptor would cost each request several times as much.
 */
export class EnvelopeAdapter extends FastifyAdapter {
  override reply(
    response: FastifyReply | ServerResponse,
    body: unknown,
    statusCode?: number,
  ): FastifyReply {
    if (body instanceof PassedAnswer && 'request' in response)
      return response.code(body.status).headers(body.headers).send(body.body);
    const answer = 'request' in response ? inEnvelope(response.request, body) : body;
    return super.reply(response, answer, statusCode);
  }
}

export function isRawAnswer({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { rawAnswer?: true }).rawAnswer === true;
}

function inEnvelope(request: FastifyRequest, body: unknown): unknown {
  if (body instanceof StackHubAnswer) {
    const message = body.message[requestLanguage(request)];
    return { code: '1', message, data: body.data as unknown };
  }
  if (isRawAnswer(request) || body instanceof StreamableFile) return body;
  return { code: BusinessCode.Success, msg: 'success', data: body ?? null };
}
