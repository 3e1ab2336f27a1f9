import { chmodSync, mkdirSync, statSync } from 'node:fs';

/**
 * Creates the data folder with mode 0700, or closes an existing one to other users: it holds keys,
 * databases and the data of apps. Its group may keep passing through, for the user that the private
 * database runs as. A folder of another owner stays as it is.
 */
export function protectDataFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(dataDir);
  if (uid === process.getuid?.() && (mode & 0o067) !== 0) chmodSync(dataDir, mode & 0o710);
}
