import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import type { SavedTree } from './backup-manifest';

/**
 * Size and SHA-256 of everything below a folder: paths, kinds, owners, modes and contents, in the order of the
 * names. Times do not count.
 */
export async function digestTree(folder: string, signal?: AbortSignal): Promise<SavedTree> {
  const hash = createHash('sha256');
  const bytes = await addFolder(hash, folder, '', signal);
  return { bytes, digest: hash.digest('hex') };
}

async function addFolder(
  hash: Hash,
  root: string,
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  const names = await readdir(bytesOfPath(root, path), { encoding: 'buffer' });
  let bytes = 0;
  for (const name of names.map((entry) => entry.toString('latin1')).sort()) {
    signal?.throwIfAborted();
    bytes += await addEntry(hash, root, `${path}/${name}`, signal);
  }
  return bytes;
}

async function addEntry(
  hash: Hash,
  root: string,
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  const file = bytesOfPath(root, path);
  const status = await lstat(file);
  hash.update(`${path}\0${status.mode} ${status.uid}:${status.gid}\0`, 'latin1');
  if (status.isDirectory()) return addFolder(hash, root, path, signal);
  if (status.isSymbolicLink()) {
    hash.update(await readlink(file, { encoding: 'buffer' }));
    return 0;
  }
  if (!status.isFile()) return 0;
  hash.update(`${status.size}\0`);
  const into = new Writable({
    write(chunk: Buffer, _, done) {
      hash.update(chunk);
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
