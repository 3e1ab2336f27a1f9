import { InvalidArgumentError } from 'commander';

/** A whole number of an option. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('0, 1, 2 …');
  return Number(text);
}
