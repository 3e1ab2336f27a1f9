import { Z_95, type Interval } from './scored-group';

export interface Proportion {
  readonly count: number;
  readonly total: number;
  /** Null where the total is 0. */
  readonly value: number | null;
  readonly interval: Interval | null;
}

/**
 * A share with Wilson's score interval without continuity correction (Wilson, JASA 1927; 22:
 * 209-212), which stays inside 0 to 1 and is honest about 0 of n and n of n.
 */
export function proportion(count: number, total: number): Proportion {
  if (total === 0) return { count, total, value: null, interval: null };
  const value = count / total;
  const z2 = Z_95 * Z_95;
  const centre = (value + z2 / (2 * total)) / (1 + z2 / total);
  const margin =
    (Z_95 / (1 + z2 / total)) * Math.sqrt((value * (1 - value)) / total + z2 / (4 * total * total));
  const low = count === 0 ? 0 : Math.max(0, centre - margin);
  const high = count === total ? 1 : Math.min(1, centre + margin);
  return { count, total, value, interval: { low, high } };
}
