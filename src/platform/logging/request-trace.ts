import { AsyncLocalStorage } from 'node:async_hooks';

const requestIds = new AsyncLocalStorage<string>();

/** Runs a request's own work; everything it starts can then ask for `currentRequestId`. */
export function traceRequest(requestId: string, work: () => void): void {
  requestIds.run(requestId, work);
}

/**
 * Runs a job as part of the request that asked for it: each line that it logs carries that request's
 * id. Without an id the job runs on its own.
 */
export function traceJob<T>(requestId: string | null | undefined, work: () => T): T {
  return requestId == null ? requestIds.exit(work) : requestIds.run(requestId, work);
}

/** Id of the request that this code works for; store it with the row of the work. */
export function currentRequestId(): string | undefined {
  return requestIds.getStore();
}

/** Fields that every log line gets. */
export function traceFields(): { requestId?: string } {
  const requestId = requestIds.getStore();
  return requestId === undefined ? {} : { requestId };
}
