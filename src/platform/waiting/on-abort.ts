import { setMaxListeners } from 'node:events';

/**
 * Calls `listener` when the signal aborts, until the returned function is called. Any number of
 * pieces of work may listen to one signal at the same time: each takes its listener off when it ends.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  allowManyListeners(signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Node takes more than ten listeners for a leak; a fan-out over many containers has more. */
export function allowManyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
