import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;

/**
 * The key that app secrets are encrypted with: made once, mode 0600, below the data folder. Losing
 * it loses the kept passwords, so it belongs into the backup. Several processes may start at once:
 * a hard link is created whole or not at all, so exactly one key wins.
 */
export function loadSecretKey(dataDir: string): Buffer {
  const folder = join(dataDir, 'secrets');
  const path = join(folder, 'app-secrets.key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (key.length !== KEY_BYTES)
    throw new Error(`${path} does not hold a key of ${KEY_BYTES} bytes`);
  return key;
}
