import { posix } from 'node:path';

/** True for a relative path that stays in the app's own folder, by its text alone. */
export function insideProject(path: string): boolean {
  if (path.startsWith('/') || path.startsWith('~')) return false;
  const normal = posix.normalize(path);
  return normal !== '..' && !normal.startsWith('../');
}

/** A relative path of a Compose file that lies in `folder`, seen from the app's own folder. */
export function below(folder: string, path: string): string {
  if (folder === '' || /^[/~]/.test(path)) return path;
  const joined = posix.join(folder, path);
  return /^\.{1,2}(\/|$)/.test(joined) ? joined : `./${joined}`;
}
