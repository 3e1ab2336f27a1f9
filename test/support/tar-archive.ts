/** A file of an archive. Folders on the way to it need no entry of their own. */
export interface ArchiveEntry {
  readonly path: string;
  readonly content?: Buffer | string;
  /** Makes it a symbolic link to this target. */
  readonly linkTo?: string;
  /** Permission bits; default 0644. */
  readonly mode?: number;
}

/** A tar archive (ustar) of a few small files, enough for a build context. */
export function tarArchive(entries: readonly ArchiveEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    blocks.push(header(entry, content.length), content);
    blocks.push(Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}

function header({ path, mode = 0o644, linkTo = '' }: ArchiveEntry, size: number): Buffer {
  if (Buffer.byteLength(path) > 99) throw new Error(`path too long for a plain archive: ${path}`);
  const block = Buffer.alloc(512);
  const octal = (value: number, width: number): string =>
    `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(linkTo ? '2' : '0', 156);
  block.write(linkTo, 157);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
