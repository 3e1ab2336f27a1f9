import { randomBytes } from 'node:crypto';

// Crockford's base 32: no I, L, O or U, so a code survives being read out and copied by hand.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** Random bits in a code: 20 characters of 5 bits. */
export const INVITE_CODE_BITS = GROUPS * GROUP_LENGTH * 5;

/** A new code, e.g. `7G2KD-0XQ4M-9TB1R-WZ5CH`. */
export function newInviteCode(): string {
  // 256 is a multiple of 32, so the remainder is uniform.
  const letters = Array.from(randomBytes(GROUPS * GROUP_LENGTH), (byte) => ALPHABET[byte % 32]);
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH).join(''),
  );
  return groups.join('-');
}

/**
 * The stored form of a typed code. Case, dashes, spaces and the letters that the alphabet leaves out
 * are tolerated. Null when it cannot be a code.
 */
export function parseInviteCode(text: string): string | null {
  if (text.length > 64) return null;
  const letters = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (letters.length !== GROUPS * GROUP_LENGTH) return null;
  if ([...letters].some((letter) => !ALPHABET.includes(letter))) return null;
  return letters.replace(/(.{5})(?=.)/g, '$1-');
}
