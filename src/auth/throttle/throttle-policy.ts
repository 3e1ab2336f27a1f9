import { IpNetwork } from '../../platform/addresses/ip-network';

/** So many uses in so many seconds. */
export interface ThrottleLimit {
  readonly uses: number;
  readonly seconds: number;
}

/** Wrong passwords for one name from one address before that address has to wait for that name. */
export const FAILURES_PER_NAME_AND_ADDRESS: ThrottleLimit = { uses: 5, seconds: 15 * 60 };

/** Wrong passwords for one name, from any address, before pauses begin; counted for an hour. */
export const FREE_FAILURES_PER_NAME: ThrottleLimit = { uses: 10, seconds: 60 * 60 };

const FIRST_PAUSE_SECONDS = 5;
const MAX_PAUSE_SECONDS = 15 * 60;

/** The smallest IPv6 network that a single subscriber is given. */
const SUBSCRIBER_PREFIX = 64;

/**
 * Seconds that a name rests after so many failures: none for the first nine, then 5 s, doubling to
 * 15 minutes. There is no permanent lock, because anyone could then lock out any account.
 */
export function pauseAfterFailures(failures: number): number {
  const doublings = failures - FREE_FAILURES_PER_NAME.uses;
  return doublings < 0 ? 0 : Math.min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** doublings);
}

/**
 * What counts as one source of requests: an IPv4 address, or an IPv6 network of 64 bits, within
 * which a single machine may change its address at will.
 */
export function throttleSource(address: string): string {
  return address.includes(':')
    ? String(IpNetwork.parse(`${address}/${SUBSCRIBER_PREFIX}`) ?? address)
    : address;
}
