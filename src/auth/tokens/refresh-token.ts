import { createHash, createHmac, randomBytes } from 'node:crypto';

// The prefix lets a leak scanner recognise the token and tells it from a JWT.
const PREFIX = 'ssr_';
const PATTERN = /^ssr_[A-Za-z0-9_-]{43}$/;

/** A refresh token of 256 bits; only the hash is stored. */
export interface NewRefreshToken {
  readonly token: string;
  readonly hash: string;
}

/** The first refresh token of a session. */
export function newRefreshToken(): NewRefreshToken {
  return fromBytes(randomBytes(32));
}

/**
 * The one token that a spent token is exchanged for. It is derived, so that parallel uses of the
 * spent token get the same successor although no token is stored.
 */
export function successorOf(spent: string, key: Buffer): NewRefreshToken {
  return fromBytes(createHmac('sha256', key).update('refresh-token').update(spent).digest());
}

function fromBytes(bytes: Buffer): NewRefreshToken {
  const token = PREFIX + bytes.toString('base64url');
  return { token, hash: hashOf(token) };
}

/** The form in which a refresh token is stored, or null for what cannot be one. */
export function refreshTokenHash(token: string): string | null {
  return PATTERN.test(token) ? hashOf(token) : null;
}

// A plain hash is enough: 256 random bits cannot be searched, unlike a password.
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
