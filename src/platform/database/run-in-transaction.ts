import type { DataSource, EntityManager } from 'typeorm';
import { sleep } from '../waiting/sleep';
import { isRetryable } from './database-errors';

const MAX_ATTEMPTS = 8;

/**
 * Runs `work` in one transaction and commits it. After a deadlock or a lock-wait timeout the whole
 * callback runs again (up to 8 times, with a growing random pause), so it must do nothing but
 * database work: no Docker, no Redis, no collecting of results outside.
 */
export function runInTransaction<T>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  return retryOnDeadlock(() => dataSource.transaction('READ COMMITTED', work));
}

/** The same for a single statement, which is a transaction of its own. */
export async function retryOnDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isRetryable(error)) throw error;
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}
