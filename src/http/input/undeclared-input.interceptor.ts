import { Readable } from 'node:stream';
import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RawAnswer } from '../envelope/envelope.interceptor';
import { InvalidParameterError } from '../errors/request.errors';
import { UNKNOWN_FIELD } from './strict-validation.pipe';

interface Declared {
  readonly query: boolean;
  readonly body: boolean;
}

/**
 * Refuses unknown fields also where a call takes none: the validation pipe sees only what a handler
 * declares, so `POST /uninstallAllApp?removeData=true` would silently ignore the parameter.
 */
@Injectable()
export class UndeclaredInputInterceptor implements NestInterceptor {
  private readonly known = new WeakMap<object, Declared>();

  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const handler = context.getHandler();
    if (!this.reflector.getAllAndOverride(RawAnswer, [handler, context.getClass()])) {
      const declared = this.known.get(handler) ?? declaredBy(context);
      this.known.set(handler, declared);
      const request = context.switchToHttp().getRequest<FastifyRequest>();
      const unknown = [
        ...(declared.query ? [] : keysOf(request.query)),
        ...(declared.body ? [] : keysOf(request.body)),
      ];
      if (unknown.length > 0) {
        throw new InvalidParameterError(
          unknown.map((field) => ({ field, message: UNKNOWN_FIELD })),
        );
      }
    }
    return next.handle();
  }
}

/** Keys of a parsed query or JSON body; a body that is handed on as a stream has none. */
function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Readable) return [];
  return Object.keys(value);
}

/** Nest's own record of a handler's parameters; its keys are `<kind>:<index>`. */
function declaredBy(context: ExecutionContext): Declared {
  const recorded = Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  ) as Record<string, unknown> | undefined;
  const kinds = new Set(Object.keys(recorded ?? {}).map((key) => Number(key.split(':', 1)[0])));
  return {
    query: kinds.has(RouteParamtypes.QUERY),
    body: kinds.has(RouteParamtypes.BODY),
  };
}
