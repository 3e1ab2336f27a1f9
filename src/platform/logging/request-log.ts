import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';

/** Asked often and by machines. */
const QUIET_PATHS = /^\/(health\/|metrics)/;

/** One line for each request: method, path without its query, status and milliseconds. */
@Injectable()
export class RequestLog {
  constructor(adapterHost: HttpAdapterHost, { logger }: PinoLogger) {
    if (!logger.isLevelEnabled('error')) return;
    const logsAll = logger.isLevelEnabled('info');
    // In the constructor, because a hook holds only for routes that are added after it.
    const server = adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onResponse', (request, reply, done) => {
      const failed = reply.statusCode >= 500;
      if ((logsAll || failed) && !QUIET_PATHS.test(request.url)) {
        const end = request.url.indexOf('?');
        logger[failed ? 'error' : 'info'](
          {
            requestId: request.id,
            method: request.method,
            path: end < 0 ? request.url : request.url.slice(0, end),
            status: reply.statusCode,
            ms: Math.round(reply.elapsedTime * 100) / 100,
          },
          failed ? 'request failed' : 'request completed',
        );
      }
      done();
    });
  }
}
