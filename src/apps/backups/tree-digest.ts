import { createHash, type Hash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import type { SavedTree } from './backup-manifest';

/** The sums over a tree; no `contents` where no file is to be read. */
interface Sums {
  readonly contents: Hash | null;
  readonly shape: Hash;
}

/** Entries of a folder that the system is asked for at once. */
const AT_ONCE = 32;

/**
 * Size and SHA-256 of everything below a folder: paths, kinds, owners, modes and contents, in the order of the
 * names, and the same without the contents of files but with their sizes. Times do not count.
 */
export async function digestTree(
  folder: string,
  signal?: AbortSignal,
): Promise<Required<SavedTree>> {
  const contents = createHash('sha256');
  const shape = createHash('sha256');
  const bytes = await addFolder({ contents, shape }, folder, '', signal);
  return { bytes, digest: contents.digest('hex'), shape: shape.digest('hex') };
}

/** Size and `shape` as `digestTree` finds them, without a digest of the contents; reads no file. */
export async function shapeOf(folder: string, signal?: AbortSignal): Promise<Required<SavedTree>> {
  const shape = createHash('sha256');
  const bytes = await addFolder({ contents: null, shape }, folder, '', signal);
  return { bytes, digest: '', shape: shape.digest('hex') };
}

async function addFolder(
  sums: Sums,
  root: string,
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  const names = await readdir(bytesOfPath(root, path), { encoding: 'buffer' });
  const paths = names.map((entry) => `${path}/${entry.toString('latin1')}`).sort();
  let bytes = 0;
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    signal?.throwIfAborted();
    const some = paths.slice(from, from + AT_ONCE);
    const statuses = await Promise.all(some.map((entry) => lstat(bytesOfPath(root, entry))));
    for (const [index, status] of statuses.entries())
      bytes += await addEntry(sums, root, some[index] ?? '', status, signal);
  }
  return bytes;
}

async function addEntry(
  sums: Sums,
  root: string,
  path: string,
  status: Stats,
  signal?: AbortSignal,
): Promise<number> {
  const file = bytesOfPath(root, path);
  const { contents, shape } = sums;
  const add = (part: Buffer): void => {
    shape.update(part);
    contents?.update(part);
  };
  add(Buffer.from(`${path}\0${status.mode} ${status.uid}:${status.gid}\0`, 'latin1'));
  if (status.isDirectory()) return addFolder(sums, root, path, signal);
  if (status.isSymbolicLink()) {
    add(await readlink(file, { encoding: 'buffer' }));
    return 0;
  }
  if (!status.isFile()) return 0;
  add(Buffer.from(`${status.size}\0`));
  if (!contents) return status.size;
  const into = new Writable({
    write(chunk: Buffer, _, done) {
      contents.update(chunk);
      done();
    },
  });
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), into, {
    ...(signal ? { signal } : {}),
  });
  return status.size;
}

/** Names as bytes, one a character: what an app calls its files need not be text. */
function bytesOfPath(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from(path, 'latin1')]);
}
