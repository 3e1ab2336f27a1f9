import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';

/** Of fewer bytes the sample would cost more than it saves. */
const MIN_BYTES = 64 * 1024 ** 2;
const BLOCK_BYTES = 64 * 1024;
const BLOCKS = 32;
/** Names that are looked at; what lies beyond is taken to be alike. */
const MAX_ENTRIES = 5_000;
/** What saves less is not worth the time. */
const LEAST_SAVED = 0.02;

const deflate = promisify<Buffer, { level: number }, Buffer>(deflateRaw);

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Whether compressing what is in these folders saves space, by a sample of blocks spread evenly over the bytes of the
 * files: pictures, videos, archives and encrypted data it does not make smaller, but takes as long. What changes or
 * vanishes meanwhile does no harm. Goes through no link.
 */
export async function isCompressible(
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const files = await filesIn(folders, signal);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total < MIN_BYTES) return true;
  let [read, compressed] = [0, 0];
  let passed = 0;
  let next = 0;
  for (const { path, bytes } of files) {
    const offsets: number[] = [];
    for (; next < BLOCKS && (total * (next + 0.5)) / BLOCKS < passed + bytes; next += 1)
      offsets.push(Math.floor((total * (next + 0.5)) / BLOCKS) - passed);
    passed += bytes;
    if (offsets.length === 0) continue;
    signal?.throwIfAborted();
    for (const block of await blocksOf(path, offsets)) {
      read += block.length;
      compressed += (await deflate(block, { level: 1 })).length;
    }
  }
  return read === 0 || compressed < read * (1 - LEAST_SAVED);
}

async function filesIn(folders: readonly string[], signal?: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const waiting = [...folders];
  let seen = 0;
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      signal?.throwIfAborted();
      if ((seen += 1) > MAX_ENTRIES) return found;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) {
        const bytes = await withFile(path, async (file) => (await file.stat()).size);
        if (bytes) found.push({ path, bytes });
      }
    }
  }
  return found;
}

async function blocksOf(path: string, offsets: readonly number[]): Promise<Buffer[]> {
  const blocks = await withFile(path, (file) =>
    Promise.all(
      offsets.map(async (offset) => {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, offset); // prettier-ignore
        return buffer.subarray(0, bytesRead);
      }),
    ),
  );
  return blocks ?? [];
}

/** Null where it is no file any more, or cannot be read. */
async function withFile<T>(
  path: string,
  work: (file: FileHandle) => Promise<T>,
): Promise<T | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null);
  if (!file) return null;
  try {
    return (await file.stat()).isFile() ? await work(file) : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
