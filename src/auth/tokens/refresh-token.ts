import { createHash, randomBytes } from 'node:crypto';

// The prefix lets a leak scanner recognise the token and tells it from a JWT.
const PREFIX = 'ssr_';
const PATTERN = /^ssr_[A-Za-z0-9_-]{43}$/;

/** A new refresh token: 256 random bits, of which only the hash is kept. */
export function newRefreshToken(): { token: string; hash: string } {
  const token = PREFIX + randomBytes(32).toString('base64url');
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
