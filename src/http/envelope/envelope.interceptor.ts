import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { BusinessCode } from '../../platform/errors/business-code';
import { requestLanguage } from '../request/request-context';
import { StackHubAnswer } from './stackhub-answer';

const RAW_ANSWER = 'http:raw-answer';

/** Marks a handler or controller whose answer goes out as it is: streams, health, metrics. */
export const RawAnswer = Reflector.createDecorator<true>({ key: RAW_ANSWER });

/** Wraps what a handler returns into the envelope of its family. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.reflector.getAllAndOverride(RawAnswer, [context.getHandler(), context.getClass()]))
      return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return next.handle().pipe(
      map((value: unknown) =>
        value instanceof StackHubAnswer
          ? {
              code: '1',
              message: value.message[requestLanguage(request)],
              data: value.data as unknown,
            }
          : { code: BusinessCode.Success, msg: 'success', data: value ?? null },
      ),
    );
  }
}
