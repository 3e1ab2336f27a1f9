import { relative } from 'node:path';
import { FolderHandle, NotPlainError, partsOf } from './folder-handle';

export type PlainFile =
  | { readonly content: Buffer; readonly mode: number }
  /** Bytes of one that does not fit; null: there is no plain file. */
  | { readonly size: number | null };

/**
 * Reads a file of an app's folder, through no link.
 * @param path absolute
 * @param fits whether one of so many bytes is read at all
 */
export async function readPlainFile(
  projectDir: string,
  path: string,
  fits: (size: number) => boolean,
): Promise<PlainFile> {
  const parts = partsOf(relative(projectDir, path));
  const name = parts.pop() ?? '';
  if (name === '' || parts.includes('..')) return { size: null };
  try {
    return await FolderHandle.with(projectDir, (root) => readIn(root, parts, name, fits));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof NotPlainError || code === 'ENOENT') return { size: null };
    throw error;
  }
}

async function readIn(
  folder: FolderHandle,
  [first, ...rest]: readonly string[],
  name: string,
  fits: (size: number) => boolean,
): Promise<PlainFile> {
  if (first === undefined) return folder.readFile(name, fits);
  const inner = await folder.folder(first);
  try {
    return await readIn(inner, rest, name, fits);
  } finally {
    await inner.close();
  }
}
