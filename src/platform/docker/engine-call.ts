import { channel } from 'node:diagnostics_channel';
import { classifyEngineError, type EngineCall } from './classify-engine-error';
import { EngineError } from './engine.errors';
import { onAbort } from '../waiting/on-abort';

export interface CallOptions {
  /** Milliseconds after which the call is given up; the request is destroyed. */
  readonly timeoutMs?: number;
  /** Ends the call early; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Calls that only read: the engine answers in a few milliseconds. */
export const READ_TIMEOUT_MS = 10_000;
/** Calls that make or end something on a slow disk. */
export const WRITE_TIMEOUT_MS = 60_000;

/** Published after every call on the channel below; the metrics subscribe. */
export interface EngineCallOutcome {
  readonly about: EngineCall['about'];
  /** `ok`, `aborted`, or the kind of failure. */
  readonly outcome: string;
  readonly seconds: number;
  /** Containers may be different from before. */
  readonly changes: boolean;
}

export const engineCallChannel = channel('stackscape:engine-call');

/**
 * Runs one engine call with a deadline and an optional outside abort, and turns what it throws
 * into an `EngineError`. An abort from outside rethrows the caller's own reason.
 */
export async function engineCall<T>(
  call: EngineCall,
  options: Required<Pick<CallOptions, 'timeoutMs'>> & CallOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const begun = performance.now();
  let outcome = 'ok';
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, options.timeoutMs);
  const stopListening = onAbort(options.signal, () => controller.abort());
  try {
    return await raceAbort(run(controller.signal), controller.signal);
  } catch (error) {
    outcome = 'aborted';
    if (options.signal?.aborted) throw options.signal.reason;
    const failure = timedOut
      ? new EngineError('engine-timeout', call.subject, '', error)
      : classifyEngineError(error, call);
    outcome = failure.failure;
    throw failure;
  } finally {
    const seconds = (performance.now() - begun) / 1000;
    const { about, changes = false } = call;
    engineCallChannel.publish({ about, outcome, seconds, changes } satisfies EngineCallOutcome);
    clearTimeout(timer);
    stopListening();
  }
}

/** Some calls of the client library take no signal: their late answer is then ignored. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(new Error('aborted')));
    work.then(resolve, reject).finally(stopListening);
  });
}
