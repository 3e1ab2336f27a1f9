import { createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { generatePassword } from './password-generator';
import type { VariableDefinition } from './variable-definition';

/** Ten years: tokens that services of one app hold for each other. */
const TOKEN_SECONDS = 10 * 365 * 24 * 3600;

/** A random value of a variable's format. `valueOf` finds the values completed before it. */
export function generateValue(
  { format, length, token }: VariableDefinition,
  valueOf: (name: string) => string | undefined,
): string {
  switch (format) {
    case 'password':
      return generatePassword(Math.max(length, 3));
    case 'name':
      return generatePassword(Math.max(length, 3)).toLowerCase();
    case 'hex':
      return randomBytes(Math.ceil(length / 2))
        .toString('hex')
        .slice(0, length);
    case 'base64':
      return randomBytes(length).toString('base64');
    case 'base64-key':
      return `base64:${randomBytes(length).toString('base64')}`;
    case 'symbols':
      return `${generatePassword(Math.max(length - 2, 3))}-_`;
    case 'uuid':
      return randomUUID();
    case 'email':
      return 'admin@example.com';
    case 'port':
      return String(randomInt(20_000, 32_000));
    case 'jwt':
      return signedToken(
        (token?.key && valueOf(token.key)) || generatePassword(32),
        token?.payload ?? null,
      );
  }
}

/** A JSON Web Token (HS256). Claims that the payload does not set: issued now, valid for ten years. */
function signedToken(key: string, payload: string | null): string {
  const now = Math.floor(Date.now() / 1000);
  let claims: unknown;
  try {
    claims = JSON.parse(payload ?? '{}');
  } catch {
    claims = {};
  }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: now, exp: now + TOKEN_SECONDS, ...(claims as object) })}`;
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}
