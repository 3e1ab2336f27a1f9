import { createHash } from 'node:crypto';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One text for one value: object keys sorted by UTF-16 code unit, no white space, numbers as
 * ECMAScript prints them (the scheme of RFC 8785).
 *
 * @throws TypeError on NaN and the infinities
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError('A number that is not finite has no JSON form.');
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}

/** SHA-256 of the canonical JSON, lower-case hex. */
export function checksumOf(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
