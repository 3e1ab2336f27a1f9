import { randomInt } from 'node:crypto';

const SMALL = 'abcdefghijkmnopqrstuvwxyz';
const LARGE = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const DIGITS = '23456789';
const ALL = SMALL + LARGE + DIGITS;

/**
 * A random password of letters and digits without look-alikes (5.8 bits a character), with at least
 * one of each kind and a letter first. It holds none of `$ ' " \ #` and no space, on which `.env`
 * files, shells and connection strings stumble.
 */
export function generatePassword(length: number): string {
  for (;;) {
    const password =
      pick(SMALL + LARGE) + Array.from({ length: length - 1 }, () => pick(ALL)).join('');
    if ([SMALL, LARGE, DIGITS].every((kind) => [...password].some((c) => kind.includes(c)))) {
      return password;
    }
  }
}

function pick(letters: string): string {
  return letters[randomInt(letters.length)] ?? '';
}
