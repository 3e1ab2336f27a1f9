import { stdSerializers } from 'pino';

const secretNames = new Set([
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
]);

/** Levels of a logged object in which secrets are looked for. */
const MAX_DEPTH = 3;

/** The same object, or a copy in which the values of secret fields are replaced, down to three levels. */
export function withoutSecrets(value: object, depth = 1): object {
  let copy: Record<string, unknown> | null = null;
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    let safe = inner;
    if (secretNames.has(name)) safe = '[redacted]';
    else if (typeof inner === 'object' && inner !== null && depth < MAX_DEPTH && !isError(inner))
      safe = withoutSecrets(inner, depth + 1);
    if (safe !== inner) (copy ??= { ...value } as Record<string, unknown>)[name] = safe;
  }
  return copy ?? value;
}

function isError(value: unknown): value is Error {
  return value instanceof Error;
}

/** What an error of the database driver carries besides its message: whole statements, with values. */
const statementFields = ['query', 'parameters', 'sql', 'driverError'];

/** An error for the log: type, message, stack and plain facts, without statements and secrets. */
export function serializeError(error: unknown): unknown {
  if (!isError(error)) return error;
  const plain = stdSerializers.err(error) as unknown as Record<string, unknown>;
  const kept = Object.entries(plain).filter(
    ([name, value]) => !statementFields.includes(name) && (typeof value !== 'object' || !value),
  );
  return withoutSecrets(Object.fromEntries(kept));
}

/** Credentials in an address: `mysql://user:password@host` becomes `mysql://user:[redacted]@host`. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, '$1:[redacted]@');
}
