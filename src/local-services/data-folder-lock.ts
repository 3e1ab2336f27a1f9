import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderInUseError } from './local-service.error';
import { identify, isRunning, parseIdentity } from './process-identity';

/**
 * Claims a data folder for this process, so that two starts never run two databases on one set of
 * files. A lock whose owner is dead is taken over.
 *
 * @returns a function that gives the folder back
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
    // A hard link is created whole or not at all, so of two starts at once exactly one wins.
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
