import { sleep } from './sleep';

export interface Polling {
  readonly deadlineMs: number;
  readonly everyMs: number;
}

/**
 * Calls `probe` until it returns something other than null or false. When that has not happened by
 * the deadline, settles with what `onTimeout` returns or throws.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | null | false> | T | null | false,
  { deadlineMs, everyMs }: Polling,
  onTimeout: () => T,
): Promise<T> {
  for (const deadline = performance.now() + deadlineMs; ; await sleep(everyMs)) {
    const value = await probe();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadline) return onTimeout();
  }
}
