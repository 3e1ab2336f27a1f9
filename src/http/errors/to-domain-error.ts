import { HttpException } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { storageErrorOf } from '../../platform/database/storage-errors';
import {
  DependencyUnavailableError,
  RouteNotFoundError,
  UnexpectedError,
  UnreadableRequestError,
} from './request.errors';

/** Turns anything thrown into a DomainError; the unexpected becomes one plain 50000. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const storageError = storageErrorOf(error);
  if (storageError) return storageError;
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  switch (status) {
    case 400:
      return new UnreadableRequestError(isJsonProblem(error) ? 'json' : 'other', error);
    case 404:
      return new RouteNotFoundError();
    case 413:
      return new UnreadableRequestError('size', error);
    case 415:
      return new UnreadableRequestError('media-type', error);
    case 503:
      return new DependencyUnavailableError(error);
    default:
      return new UnexpectedError(error);
  }
}

/** Fastify marks its own refusals (body too large, broken JSON …) with a code and a status. */
function fastifyStatus(error: unknown): number | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (error instanceof SyntaxError && statusCode === 400) return 400;
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
    ? statusCode
    : undefined;
}

function isJsonProblem(error: unknown): boolean {
  const cause = error instanceof HttpException ? (error.cause ?? error) : error;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  return (
    cause instanceof SyntaxError ||
    (typeof code === 'string' && /JSON|EMPTY/.test(code)) ||
    (typeof message === 'string' && /JSON|prototype property/i.test(message))
  );
}
