import type { IncomingMessage } from 'node:http';
import type { Options } from 'pino-http';
import type { Settings } from '../config/settings';

/** Where secrets could stand in a logged object; their values never reach a log. */
const REDACTED_PATHS = [
  'req.headers.token',
  'req.headers.authorization',
  'req.headers.cookie',
  '*.password',
  '*.old_password',
  '*.new_password',
  '*.access_token',
  '*.refresh_token',
  '*.invite_code',
];

const QUIET_PATHS = /^\/(health\/|metrics)/;

/** Options of the request logger: the id, method, path without its query, status and time of each request. */
export function loggerOptions(settings: Pick<Settings, 'logLevel' | 'logPretty'>): Options {
  const pretty = settings.logPretty ?? process.stdout.isTTY;
  return {
    level: settings.logLevel,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    autoLogging: {
      ignore: (request: IncomingMessage & { originalUrl?: string }) =>
        QUIET_PATHS.test(request.originalUrl ?? request.url ?? ''),
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    serializers: {
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
