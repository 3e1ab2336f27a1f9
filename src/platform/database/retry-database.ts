import { sleep } from '../waiting/sleep';
import { isConnectionFailure, isRetryable } from './database-errors';

/** A restart of the database takes seconds. */
const MAX_WAIT_MS = 90_000;
const PAUSE_MS = 250;

/**
 * Runs database work again while the database is away or another transaction is in conflict with
 * it, for up to 90 s. An abort ends the pause with the signal's reason.
 */
export async function retryDatabase<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passing = isConnectionFailure(error) || isRetryable(error);
      if (!passing || Date.now() > deadline) throw error;
      await sleep(PAUSE_MS, signal);
    }
  }
}
