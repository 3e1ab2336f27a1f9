/** So many uses in so many seconds. */
export interface ThrottleLimit {
  readonly uses: number;
  readonly seconds: number;
}

/** Wrong passwords for one name from one address before that address has to wait for that name. */
export const FAILURES_PER_NAME_AND_ADDRESS: ThrottleLimit = { uses: 5, seconds: 15 * 60 };

/** Wrong passwords for one name, from wherever, after which pauses begin. */
export const FREE_FAILURES_PER_NAME = 10;

/** Failures of a name are forgotten after this time without another one. */
export const NAME_FAILURES_FORGOTTEN_AFTER_SECONDS = 60 * 60;

const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 15 * 60;

/**
 * Seconds that a name rests after so many failures: none for the first nine, then 5 s, doubling to
 * 15 minutes. There is no permanent lock, because anybody could then lock anybody out.
 */
export function pauseAfterFailures(failures: number): number {
  if (failures < FREE_FAILURES_PER_NAME) return 0;
  return Math.min(
    LONGEST_PAUSE_SECONDS,
    FIRST_PAUSE_SECONDS * 2 ** (failures - FREE_FAILURES_PER_NAME),
  );
}
