import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;

/**
 * A random key of 32 bytes that is made at the first call and the same ever after, kept in
 * `<dataDir>/secrets/<name>`, readable by its owner only. Several processes may ask at once: the
 * link decides whose key it is. Throws when the file is not what was written.
 */
export function storedKey(dataDir: string, name: string): Buffer {
  const folder = join(dataDir, 'secrets');
  const path = join(folder, name);
  const kept = readKey(path);
  if (kept) return kept;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readKey(path);
  if (!made) throw new Error(`The key ${name} vanished while it was being made`);
  return made;
}

function readKey(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (!/^[0-9a-f]{64,}$/.test(text)) {
    throw new Error(
      `${path} does not hold a key of at least 32 bytes in hex. Restore it from a backup; ` +
        'removing it ends all sessions or, for the password pepper, makes every password unknown.',
    );
  }
  return Buffer.from(text, 'hex');
}
