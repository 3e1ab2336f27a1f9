import { Readable } from 'node:stream';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import type { FastifyRequest } from 'fastify';
import { InvalidParameterError } from '../errors/request.errors';
import { isOperational } from '../request/request-context';
import { UNKNOWN_FIELD } from './strict-validation.pipe';

interface Declared {
  readonly query: boolean;
  readonly body: boolean;
}

/**
 * Refuses unknown fields also where a call takes none: the validation pipe sees only what a handler
 * declares, so `POST /uninstallAllApp?removeData=true` would silently ignore the parameter. Runs
 * after the guard that decides on access.
 */
@Injectable()
export class UndeclaredInputGuard implements CanActivate {
  private readonly known = new WeakMap<object, Declared>();

  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let declared = this.known.get(handler);
    if (!declared) this.known.set(handler, (declared = declaredBy(context)));
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const unknown = [
      ...(declared.query ? [] : keysOf(request.query)),
      ...(declared.body ? [] : keysOf(request.body)),
    ];
    if (unknown.length === 0 || isOperational(request.url)) return true;
    throw new InvalidParameterError(unknown.map((field) => ({ field, message: UNKNOWN_FIELD })));
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
