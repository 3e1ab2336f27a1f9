import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionFailure, isRetryable } from '../../platform/database/database-errors';
import type { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';

/** How long an install waits for a database or an engine that went away: a restart takes seconds. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 250;

/** Runs database work again while the database is away or another transaction stood in the way. */
export async function withDatabase<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passing = isConnectionFailure(error) || isRetryable(error);
      if (!passing || Date.now() > deadline) throw error;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/**
 * Runs engine work again after the engine was restarted under it. The work must be one that can run
 * twice: look first, then make.
 */
export async function withEngine<T>(
  engine: DockerEngine,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isEngineFailure(error, 'engine-unreachable') || Date.now() > deadline) throw error;
      await untilEngineAnswers(engine, deadline, signal);
    }
  }
}

async function untilEngineAnswers(
  engine: DockerEngine,
  deadline: number,
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
