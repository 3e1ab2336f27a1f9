import type { IncomingMessage } from 'node:http';
import type { Logger as PinoLogger } from 'pino';
import type { Options } from 'pino-http';
import type { Settings } from '../config/settings';
import { redactedPaths, serializeError, withoutCredentials } from './redaction';
import { traceFields } from './request-trace';

const QUIET_PATHS = /^\/(health\/|metrics)/;

/** What the framework logs about every module and route at start: useful only when something is wrong. */
const STARTUP_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
]);
const INFO = 30;

/** Options of the request logger: the id, method, path without its query, status and time of each request. */
export function loggerOptions(settings: Pick<Settings, 'logLevel' | 'logPretty'>): Options {
  const pretty = settings.logPretty ?? process.stdout.isTTY;
  return {
    level: settings.logLevel,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    mixin: traceFields,
    hooks: {
      logMethod(this: PinoLogger, args, method, level) {
        const [first] = args as unknown[];
        const context = (first as { context?: string } | null)?.context ?? '';
        if (level === INFO && STARTUP_CONTEXTS.has(context) && !this.isLevelEnabled('debug'))
          return;
        const safe = args.map((arg: unknown) =>
          typeof arg === 'string' ? withoutCredentials(arg) : arg,
        );
        method.apply(this, safe as typeof args);
      },
    },
    customLogLevel: (_request, response, error) =>
      error || response.statusCode >= 500 ? 'error' : 'info',
    autoLogging: {
      ignore: (request: IncomingMessage & { originalUrl?: string }) =>
        QUIET_PATHS.test(request.originalUrl ?? request.url ?? ''),
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    serializers: {
      err: serializeError,
      req: (request: { id: string; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
    },
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: {
              singleLine: true,
              ignore: 'pid,hostname,req,res,responseTime,context',
              messageFormat: '{if context}[{context}] {end}{msg}',
            },
          },
        }
      : {}),
  };
}
