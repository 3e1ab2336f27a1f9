import { posix } from 'node:path';

/** True for a relative path that stays in the app's own folder, as far as the text tells. */
export function insideProject(path: string): boolean {
  if (path.startsWith('/') || path.startsWith('~')) return false;
  const normal = posix.normalize(path);
  return normal !== '..' && !normal.startsWith('../');
}
