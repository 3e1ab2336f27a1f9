import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Holds a folder for each app, below the data folder. */
export const APPS_FOLDER = 'apps';

/**
 * Creates the data folder with mode 0700, or closes an existing one to other users: it holds keys,
 * databases and the data of apps. Its group may keep passing through, for the user that the private
 * database runs as; the folder of apps is closed to it too. A folder of another owner stays as it is.
 */
export function protectDataFolder(dataDir: string): void {
  closeFolder(dataDir, 0o710);
  closeFolder(join(dataDir, APPS_FOLDER), 0o700);
}

function closeFolder(folder: string, most: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(folder);
  if (uid === process.getuid?.() && (mode & 0o777 & ~most) !== 0) chmodSync(folder, mode & most);
}
