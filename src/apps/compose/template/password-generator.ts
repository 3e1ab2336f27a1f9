import { randomInt } from 'node:crypto';

const small = 'abcdefghijkmnopqrstuvwxyz';
const large = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const digits = '23456789';
const all = small + large + digits;

/**
 * A random password of letters and digits without look-alikes (5.8 bits a character), with at least
 * one of each kind and a letter first. It holds none of `$ ' " \ #` and no space, on which `.env`
 * files, shells and connection strings stumble.
 */
export function generatePassword(length: number): string {
  for (;;) {
    const password =
      pick(small + large) + Array.from({ length: length - 1 }, () => pick(all)).join('');
    if ([small, large, digits].every((kind) => [...password].some((c) => kind.includes(c)))) {
      return password;
    }
  }
}

function pick(letters: string): string {
  return letters[randomInt(letters.length)] ?? '';
}
