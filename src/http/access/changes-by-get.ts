import {
  applyDecorators,
  Injectable,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PrefetchRefusedError } from '../errors/request.errors';

/** Of the document: this GET changes something. */
export const CHANGES_EXTENSION = 'x-changes-by-get';

@Injectable()
export class PrefetchGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')} ${String(headers['x-moz'] ?? '')}`;
    if (/prefetch|prerender/i.test(purpose)) throw new PrefetchRefusedError();
    return true;
  }
}

/** For a documented GET that changes something: a browser's prefetch or prerender is refused. */
export const ChangesByGet = (): MethodDecorator =>
  applyDecorators(UseGuards(PrefetchGuard), ApiExtension(CHANGES_EXTENSION, true));
