import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders of system daemons that the PATH of an ordinary user often lacks. */
export const daemonFolders = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/libexec',
  '/usr/local/bin',
];

/** Absolute path of the first of `names` that is installed, or null. */
export function findBinary(...names: string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...daemonFolders];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
