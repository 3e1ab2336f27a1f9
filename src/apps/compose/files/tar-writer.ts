import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';

/** A file or link on its way into an archive. */
export interface TarEntry {
  /** Name in the archive. */
  readonly name: string;
  /** Where it lies, or what it holds. */
  readonly from: { readonly path: string } | { readonly content: Buffer };
}

/** The bytes of a tar archive (ustar), file by file, never more than a chunk of one in memory. */
export async function* writeTar(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const { name, from } of entries) {
    if ('content' in from) {
      yield header({ name, size: from.content.length, mode: 0o644, type: '0', link: '' });
      yield from.content;
      yield padding(from.content.length);
      continue;
    }
    const status = await lstat(from.path);
    if (status.isSymbolicLink()) {
      yield header({ name, size: 0, mode: 0o777, type: '2', link: await readlink(from.path) });
    } else if (status.isFile()) {
      yield header({ name, size: status.size, mode: status.mode & 0o777, type: '0', link: '' });
      yield* exactly(from.path, status.size);
      yield padding(status.size);
    }
  }
  yield Buffer.alloc(1024);
}

/** As many bytes of a file as its header promised, even if it grows or shrinks meanwhile. */
async function* exactly(path: string, size: number): AsyncGenerator<Buffer> {
  if (size === 0) return;
  let left = size;
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    left -= (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (left > 0) yield Buffer.alloc(left);
}

function padding(size: number): Buffer {
  return Buffer.alloc((512 - (size % 512)) % 512);
}

function header(entry: {
  name: string;
  size: number;
  mode: number;
  type: string;
  link: string;
}): Buffer {
  const block = Buffer.alloc(512);
  const [prefix, name] = splitName(entry.name);
  if (Buffer.byteLength(entry.link) > 100) throw new Error(`${entry.name}: the link is too long`);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(entry.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(entry.size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(entry.type, 156);
  block.write(entry.link, 157);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Names longer than 100 bytes are cut at a slash: up to 155 bytes go into the prefix. */
function splitName(name: string): [string, string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let cut = name.indexOf('/'); cut >= 0; cut = name.indexOf('/', cut + 1)) {
    const prefix = name.slice(0, cut);
    const rest = name.slice(cut + 1);
    if (Buffer.byteLength(rest) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, rest];
  }
  throw new Error(`${name}: the name is too long for an archive`);
}
