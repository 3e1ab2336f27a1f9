import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tokens, TokenStore } from '@stackscape/client';
import { writePrivately } from './profiles.js';

/** A lock of a command that was killed is ignored after this time. */
const STALE_MS = 15_000;

/** Tokens in a file that only its owner can read; commands that run at the same time refresh once. */
export function tokenFile(path: string): TokenStore {
  const lock = `${path}.lock`;
  return {
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Tokens) : null),
    write: (tokens) => {
      if (tokens) writePrivately(path, `${JSON.stringify(tokens)}\n`);
      else rmSync(path, { force: true });
    },
    async exclusively(work) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      while (!take(lock)) await delay(50);
      try {
        return await work();
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    },
  };
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (made > 0 && Date.now() - made > STALE_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
