import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A random secret, made at the first call and the same ever after: `<dataDir>/secrets/<name>` in
 * hex, readable by its owner only. Several processes may ask at once: a hard link is created whole
 * or not at all, so exactly one secret wins.
 * @throws when the file holds anything but at least `bytes` bytes in hex
 */
export function storedSecret(dataDir: string, name: string, bytes = 32): Buffer {
  const folder = join(dataDir, 'secrets');
  const path = join(folder, name);
  const stored = readSecret(path, bytes);
  if (stored) return stored;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(bytes).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const created = readSecret(path, bytes);
  if (!created) throw new Error(`${path} was removed while it was being created`);
  return created;
}

function readSecret(path: string, bytes: number): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (!new RegExp(`^([0-9a-f]{2}){${bytes},}$`).test(text))
    throw new Error(
      `${path} does not hold a secret of at least ${bytes} bytes in hex. Restore it from a backup. ` +
        'A new one would end all sessions (jwt-secret), void all passwords (password-pepper) or lose the passwords of apps (app-secrets.key).',
    );
  return Buffer.from(text, 'hex');
}
