import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failureBody } from './failure-body';
import { requestLanguage } from '../request/request-context';
import { statusOfKind } from '../errors/http-status';
import { toDomainError } from '../errors/to-domain-error';

/**
 * Turns a failure into an answer: envelope of the family, documented code, matching HTTP status, the
 * caller's language, never a stack. Expected failures are logged at debug level, unknown ones with
 * their cause.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendFailure(
      error,
      http.getRequest<FastifyRequest>(),
      http.getResponse<FastifyReply>(),
      this.logger,
    );
  }
}

/** Shared with Fastify's own handlers, which run where no Nest filter does (a broken URL). */
export function sendFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): void {
  const failure = toDomainError(error);
  if (failure.kind === 'internal') logger.error({ err: failure.cause ?? failure }, failure.name);
  else if (failure.kind === 'unavailable')
    logger.warn({ reason: describeCause(failure) }, failure.name);
  else logger.debug({ code: failure.code }, failure.name);

  if (reply.raw.headersSent) {
    reply.raw.destroy(); // a stream had begun: aborting it is the only signal left
    return;
  }
  if (failure.retryAfterSeconds !== undefined)
    void reply.header('retry-after', Math.ceil(failure.retryAfterSeconds));
  if (failure.kind === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
  void reply
    .status(statusOfKind[failure.kind])
    .header('content-type', 'application/json; charset=utf-8')
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .send(failureBody(failure, request.url, request.id, requestLanguage(request)));
}

function describeCause(failure: Error): string {
  return failure.cause instanceof Error ? failure.cause.message : failure.message;
}
