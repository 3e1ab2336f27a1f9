import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderInUseError } from './data-folder-in-use.error';
import { identify, isRunning, parseIdentity } from './process-identity';

/**
 * Locks a data folder for this process, so that two databases never run on the same files. A lock
 * whose owner is dead is replaced.
 *
 * @returns a function that releases the folder
 * @throws DataFolderInUseError while a live process holds it
 */
export function lockDataFolder(dataDir: string): () => void {
  const folder = join(dataDir, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, 'owner.json');
  const mine = join(folder, `owner.${process.pid}.tmp`);
  const own = JSON.stringify(identify(process.pid));
  writeFileSync(mine, own);
  try {
    // A hard link is atomic: of two concurrent starts exactly one wins.
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(mine, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt >= 5) throw error;
        const text = readLock(path);
        const owner = text === null ? null : parseIdentity(text);
        if (owner && isRunning(owner)) throw new DataFolderInUseError(dataDir, owner.pid);
        if (readLock(path) === text) rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (readLock(path) === own) rmSync(path, { force: true });
  };
}

function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
