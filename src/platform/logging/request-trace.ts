import { AsyncLocalStorage } from 'node:async_hooks';

interface Trace {
  readonly requestId: string;
  /** Work that a request asked for and that outlives it. */
  readonly detached: boolean;
}

const traces = new AsyncLocalStorage<Trace>();

/** Runs a request's own work; everything it starts can then ask for `currentRequestId`. */
export function traceRequest(requestId: string, work: () => void): void {
  traces.run({ requestId, detached: false }, work);
}

/**
 * Runs a job as part of the request that asked for it: each line that it logs carries that request's
 * id. Without an id the job runs on its own.
 */
export function traceJob<T>(requestId: string | null | undefined, work: () => T): T {
  return requestId == null ? traces.exit(work) : traces.run({ requestId, detached: true }, work);
}

/** Id of the request that this code works for; store it with the row of the work. */
export function currentRequestId(): string | undefined {
  return traces.getStore()?.requestId;
}

/** Fields for a log line of a job. Lines of a request have the id from the request logger already. */
export function traceFields(): { requestId?: string } {
  const trace = traces.getStore();
  return trace?.detached ? { requestId: trace.requestId } : {};
}
