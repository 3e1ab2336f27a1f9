import type { Logger, LoggerOptions } from 'pino';
import type { Settings } from '../config/settings';
import { serializeError, withoutCredentials, withoutSecrets } from './redaction';
import { traceFields } from './request-trace';

/** What the framework logs about every module and route at start: useful only when something is wrong. */
const STARTUP_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
]);
const INFO = 30;

/** Options of the logger: secrets are removed from whatever is logged, and a line names its request. */
export function loggerOptions(settings: Pick<Settings, 'logLevel' | 'logPretty'>): LoggerOptions {
  const pretty = settings.logPretty ?? process.stdout.isTTY;
  return {
    level: settings.logLevel,
    mixin: traceFields,
    hooks: {
      logMethod(this: Logger, args, method, level) {
        const [first] = args as unknown[];
        const context = (first as { context?: string } | null)?.context ?? '';
        if (level === INFO && STARTUP_CONTEXTS.has(context) && !this.isLevelEnabled('debug'))
          return;
        method.apply(this, (args as unknown[]).map(safe) as typeof args);
      },
    },
    serializers: {
      err: serializeError,
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        path: url.split('?', 1)[0],
      }),
    },
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: {
              singleLine: true,
              ignore: 'pid,hostname,requestId,method,path,status,ms,context',
              messageFormat:
                '{if context}[{context}] {end}{msg}{if status}: {method} {path} {status} in {ms} ms{end}',
            },
          },
        }
      : {}),
  };
}

function safe(argument: unknown): unknown {
  if (typeof argument === 'string') return withoutCredentials(argument);
  const isPlain = typeof argument === 'object' && argument && !(argument instanceof Error);
  return isPlain ? withoutSecrets(argument) : argument;
}
