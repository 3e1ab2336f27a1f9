import { setTimeout as delay } from 'node:timers/promises';
import { allowManyListeners } from './on-abort';

/** Resolves after `ms` milliseconds; an abort rejects at once with the signal's reason. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal) allowManyListeners(signal);
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    // The timer rejects with an AbortError of its own.
    signal?.throwIfAborted();
    throw error;
  }
}
