import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { canonicalReference } from '../../../platform/docker/image-reference';

/** The engine never writes a larger `manifest.json`. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/**
 * The image names that a `docker save` archive (plain or gzipped) would give when loaded, in the form of
 * {@link canonicalReference}. Reads headers only, of a plain archive a few kilobytes however large it is.
 * Null where the file is no such archive.
 */
export async function readArchiveTags(path: string): Promise<string[] | null> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const source = buffer[0] === 0x1f && buffer[1] === 0x8b ? gunzipped(path) : seekable(file);
    try {
      return tagsOf(await findManifest(source));
    } finally {
      source.close();
    }
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

interface ByteSource {
  /** Fewer bytes only at the end. */
  read(size: number): Promise<Buffer>;
  skip(size: number): Promise<void>;
  close(): void;
}

async function findManifest(source: ByteSource): Promise<string | null> {
  for (;;) {
    const header = await source.read(512);
    if (header.length < 512 || header[0] === 0) return null;
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8);
    if (!Number.isSafeInteger(size) || size < 0) return null;
    if (name === 'manifest.json') {
      return size > MAX_MANIFEST_BYTES ? null : (await source.read(size)).toString('utf8');
    }
    await source.skip(Math.ceil(size / 512) * 512);
  }
}

function tagsOf(manifest: string | null): string[] | null {
  const images: unknown = manifest === null ? null : JSON.parse(manifest);
  if (!Array.isArray(images)) return null;
  return images.flatMap((image: { RepoTags?: unknown } | null) => {
    const tags = image?.RepoTags;
    if (!Array.isArray(tags)) return [];
    return tags.filter((tag) => typeof tag === 'string').map(canonicalReference);
  });
}

function seekable(file: FileHandle): ByteSource {
  let position = 0;
  return {
    async read(size) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, position);
      position += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
    async skip(size) {
      position += size;
    },
    close: () => undefined,
  };
}

function gunzipped(path: string): ByteSource {
  const file = createReadStream(path);
  const stream = file.pipe(createGunzip());
  file.on('error', (error) => stream.destroy(error));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  /** Takes up to `size` bytes off the front, handing each piece to `use`. */
  const take = async (size: number, use: (piece: Buffer) => void) => {
    for (let left = size; left > 0;) {
      if (rest.length === 0) {
        const next = await chunks.next();
        if (next.done) return;
        rest = next.value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      use(piece);
    }
  };
  return {
    async read(size) {
      const pieces: Buffer[] = [];
      await take(size, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },
    skip: (size) => take(size, () => undefined),
    close() {
      file.destroy();
      stream.destroy();
    },
  };
}
