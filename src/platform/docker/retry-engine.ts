import { sleep } from '../waiting/sleep';
import type { DockerEngine } from './docker-engine';
import { isEngineFailure } from './engine.errors';

/** A restart of the engine takes seconds. */
const MAX_WAIT_MS = 90_000;
const PAUSE_MS = 250;
/** An engine that is going down fails in ways of its own before it stops answering. */
const MAX_UNKNOWN_FAILURES = 3;
const UNKNOWN_PAUSE_MS = 1_000;

/**
 * The engine did not answer, or accepts no change: it does later. A manager does not answer while it passes
 * requests on to a leader that is away.
 */
export function isEngineAway(error: unknown): boolean {
  return isEngineFailure(error, 'engine-unreachable', 'engine-timeout', 'swarm-without-majority');
}

/**
 * Runs engine work again when the engine, or the majority of the managers of its Swarm, went away during it, for up
 * to 90 s. The work must be able to run twice: look first, then act. An abort ends the pause with the signal's reason.
 */
export async function retryEngine<T>(
  engine: DockerEngine,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let unknownFailures = 0; ;) {
    try {
      return await work();
    } catch (error) {
      const isUnknown =
        isEngineFailure(error, 'unexpected', 'engine-failing') &&
        (unknownFailures += 1) <= MAX_UNKNOWN_FAILURES;
      if (!(isUnknown || isEngineAway(error)) || Date.now() > deadline) throw error;
      await sleep(isUnknown ? UNKNOWN_PAUSE_MS : PAUSE_MS, signal);
      await untilEngineAnswers(engine, signal, deadline);
    }
  }
}

/** Resolves when the engine answers and accepts changes; throws its last error after the deadline. */
export async function untilEngineAnswers(
  engine: DockerEngine,
  signal?: AbortSignal,
  deadline = Date.now() + MAX_WAIT_MS,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await engine.ready();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(PAUSE_MS, signal);
    }
  }
}
