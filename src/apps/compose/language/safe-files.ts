import { closeSync, constants, fstatSync, open, openSync, readSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { insideProject } from './app-folder-path';

export type FileFault = 'missing' | 'outside-folder' | 'too-large' | 'not-utf8' | 'unreadable';

export const fileFaultMessages: Readonly<Record<FileFault, Bilingual>> = {
  missing: bilingual('文件不存在', 'the file does not exist'),
  'outside-folder': bilingual(
    '路径或链接指向应用目录之外',
    'the path or link leads out of the app’s folder',
  ),
  'too-large': bilingual('文件过大', 'the file is too large'),
  'not-utf8': bilingual('文件不是 UTF-8 文本', 'the file is not UTF-8 text'),
  unreadable: bilingual('文件无法读取', 'the file cannot be read'),
};

export type FileText = { readonly text: string } | { readonly fault: FileFault };

/** More than any real Compose file, `.env` or metadata. */
export const MAX_TEXT_BYTES = 512 * 1024;

/**
 * Reads a small UTF-8 file within a folder; never follows a link that leads out of it. `known`: the caller
 * has listed the folder and knows that neither the file nor a folder on the way to it is a link.
 */
export async function readTextInside(
  root: string,
  path: string,
  { limit = MAX_TEXT_BYTES, known = false } = {},
): Promise<FileText> {
  const inside = known ? { path: join(root, path) } : await resolveInside(root, path);
  if ('fault' in inside) return inside;
  let file: number | null = null;
  try {
    // Not blocking: a pipe in place of a file must not hold up the load.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (known ? constants.O_NOFOLLOW : 0);
    // What has just been listed, and what is open already, costs less here than a turn to another thread.
    file = known ? openSync(inside.path, flags) : await openFile(inside.path, flags);
    const status = fstatSync(file);
    if (!status.isFile()) return { fault: 'unreadable' };
    if (status.size > limit) return { fault: 'too-large' };
    const buffer = Buffer.allocUnsafe(status.size + 1);
    const bytesRead = readSync(file, buffer, 0, buffer.length, 0);
    if (bytesRead > limit) return { fault: 'too-large' };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
    return text.includes('\0') ? { fault: 'not-utf8' } : { text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fault: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'not-utf8' : 'unreadable' };
  } finally {
    if (file !== null) closeSync(file);
  }
}

const openFile = promisify(open);

/** The real path of something within `root` (itself a real path), or why there is none. */
export async function resolveInside(
  root: string,
  path: string,
): Promise<{ readonly path: string } | { readonly fault: FileFault }> {
  if (!insideProject(path)) return { fault: 'outside-folder' };
  try {
    const real = await realpath(join(root, path));
    return real === root || real.startsWith(root + sep)
      ? { path: real }
      : { fault: 'outside-folder' };
  } catch (error) {
    return { fault: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable' };
  }
}

/** One entry below an app's folder. */
export interface FolderEntry {
  /** Relative to the folder. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

const MAX_ENTRIES = 20_000;

/** Everything below a folder, links not followed. Stops at 20,000 entries (`complete` is false). */
export async function listFolder(
  root: string,
): Promise<{ readonly entries: readonly FolderEntry[]; readonly complete: boolean }> {
  const entries: FolderEntry[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
      if (entries.length >= MAX_ENTRIES) return { entries, complete: false };
      const path = join(folder, item.name);
      const kind = item.isFile()
        ? 'file'
        : item.isDirectory()
          ? 'folder'
          : item.isSymbolicLink()
            ? 'link'
            : 'other';
      entries.push({ path, kind });
      if (kind === 'folder') folders.push(path);
    }
  }
  return { entries, complete: true };
}
