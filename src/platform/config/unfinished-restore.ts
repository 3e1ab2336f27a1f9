import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands in the data folder while a restore changes database and folder. */
export const UNFINISHED_RESTORE = 'restore-unfinished';

/**
 * The backup of the state before a restore that neither finished nor could be rolled back; null when
 * there is none. Database and data folder are inconsistent until that backup is restored.
 */
export function unfinishedRestore(dataDir: string): string | null {
  const mark = join(dataDir, UNFINISHED_RESTORE);
  return existsSync(mark) ? readFileSync(mark, 'utf8').trim() : null;
}
