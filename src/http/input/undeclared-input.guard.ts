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

/**
 * By Nest's own record of a handler's parameters, whose keys are `<kind>:<index>`. One without a class of its own, as
 * TypeScript makes of `Dto | undefined`, is checked by nothing and declares nothing.
 */
function declaredBy(context: ExecutionContext): Declared {
  const { name } = context.getHandler();
  const type = context.getClass();
  const recorded = Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) as object | undefined;
  const classes = Reflect.getMetadata('design:paramtypes', type.prototype as object, name) as unknown[]; // prettier-ignore
  const kinds = new Set(
    Object.keys(recorded ?? {})
      .map((key) => key.split(':').map(Number) as [number, number])
      .filter(([, index]) => classes[index] !== Object)
      .map(([kind]) => kind),
  );
  return {
    query: kinds.has(RouteParamtypes.QUERY),
    body: kinds.has(RouteParamtypes.BODY),
  };
}
