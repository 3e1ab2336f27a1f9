import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where system daemons live although an ordinary user's PATH often leaves these folders out. */
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
  for (const name of names) {
    for (const folder of folders) {
      const candidate = join(folder, name);
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {
        // Not here: try the next folder.
      }
    }
  }
  return null;
}
