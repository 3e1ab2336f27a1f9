import { Cron } from 'croner';

const NICKNAME = /^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/i;
const TIME_ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/**
 * The first time after `after` at which the words of cron are true; null where there is none, such as the 30th of
 * February. A time that a clock change skips comes as much later, one that it repeats comes once.
 * @param cron five parts (minute, hour, day, month, weekday), or one word like `@daily`
 * @throws RangeError, TypeError for words or a time zone that mean nothing
 */
export function nextTime(cron: string, timeZone: string, after: Date): Date | null {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(after);
}

/** As `nextTime`, the next so many from now on. */
export function nextTimes(cron: string, timeZone: string, count: number): Date[] {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRuns(count);
}

/** Whether these are words of cron that come true at some time. */
export function isCron(cron: string): boolean {
  if (!NICKNAME.test(cron) && cron.split(/ +/).length !== 5) return false;
  try {
    return nextTime(cron, 'UTC', new Date()) !== null;
  } catch {
    return false;
  }
}

/** Whether it is the name of a time zone that this system knows, like `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  if (!TIME_ZONE.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
