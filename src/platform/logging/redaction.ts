import { stdSerializers } from 'pino';

const secretNames = [
  'password',
  'old_password',
  'new_password',
  'passwordHash',
  'access_token',
  'refresh_token',
  'token',
  'authorization',
  'cookie',
  'invite_code',
  'secret',
  'jwtSecret',
  'metricsToken',
  'databaseUrl',
  'redisUrl',
];

/** Where secrets could stand in a logged object, down to three levels; their values never reach a log. */
export const redactedPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** What an error of the database driver carries besides its message: whole statements, with values. */
const statementFields = ['query', 'parameters', 'sql', 'driverError'];

/** An error for the log: type, message, stack and plain facts, without statements. */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const plain = stdSerializers.err(error) as unknown as Record<string, unknown>;
  const kept = Object.entries(plain).filter(
    ([name, value]) => !statementFields.includes(name) && (typeof value !== 'object' || !value),
  );
  return Object.fromEntries(kept);
}

/** Credentials in an address: `mysql://user:password@host` becomes `mysql://user:[redacted]@host`. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, '$1:[redacted]@');
}
