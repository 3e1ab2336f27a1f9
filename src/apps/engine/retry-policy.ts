import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionFailure, isRetryable } from '../../platform/database/database-errors';
import type { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';

/** How long an install waits for a database or an engine that went away: a restart takes seconds. */
const MAX_WAIT_MS = 90_000;
const PAUSE_MS = 250;
/** Errors that nobody knows are tried again this often, this far apart. */
const MAX_UNKNOWN_FAILURES = 3;
const UNKNOWN_PAUSE_MS = 1_000;

/** Runs database work again while the database is away or another transaction stood in the way. */
export async function retryDatabase<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passing = isConnectionFailure(error) || isRetryable(error);
      if (!passing || Date.now() > deadline) throw error;
      await pause(PAUSE_MS, signal);
    }
  }
}

/**
 * Runs engine work again after the engine was restarted under it. The work must be one that can run
 * twice: look first, then make.
 */
export async function retryEngine<T>(
  engine: DockerEngine,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let surprises = 0; ;) {
    try {
      return await work();
    } catch (error) {
      // An engine that is going down fails in ways of its own before it stops answering.
      const surprise =
        isEngineFailure(error, 'unexpected') && (surprises += 1) <= MAX_UNKNOWN_FAILURES;
      const away = isEngineFailure(error, 'engine-unreachable');
      if (!(surprise || away) || Date.now() > deadline) throw error;
      await pause(surprise ? UNKNOWN_PAUSE_MS : PAUSE_MS, signal);
      await untilEngineAnswers(engine, deadline, signal);
    }
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** Resolves when the engine answers; throws its last error after the deadline. */
export async function untilEngineAnswers(
  engine: DockerEngine,
  deadline = Date.now() + MAX_WAIT_MS,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await engine.ping();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}
