import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCompressible } from './compressibility';

const MIB = 1024 * 1024;

describe('whether data can be compressed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compressible-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const noise = (name: string, mebibytes: number): Promise<void> =>
    writeFile(join(folder, name), randomBytes(mebibytes * MIB));
  const words = (name: string, mebibytes: number): Promise<void> =>
    writeFile(join(folder, name), 'the quick brown fox '.repeat((mebibytes * MIB) / 20));

  it('says no of random bytes in files of any depth', async () => {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await noise('one', 40);
    await noise('a/b/two', 40);
    expect(await isCompressible([folder])).toBe(false);
  });

  it('says yes of text, and of noise with a part of text that is worth it', async () => {
    await words('text', 70);
    expect(await isCompressible([folder])).toBe(true);
    await rm(join(folder, 'text'));
    await noise('one', 80);
    await words('text', 20);
    expect(await isCompressible([folder])).toBe(true);
  });

  it('says no where a hundredth of the bytes is text', async () => {
    await noise('one', 99);
    await words('text', 1);
    expect(await isCompressible([folder])).toBe(false);
  });

  it('counts holes as what they are worth', async () => {
    await noise('one', 70);
    await writeFile(join(folder, 'sparse'), '');
    await truncate(join(folder, 'sparse'), 70 * MIB);
    expect(await isCompressible([folder])).toBe(true);
  });

  it('says yes of little data without looking, and of none', async () => {
    await noise('one', 1);
    expect(await isCompressible([folder])).toBe(true);
    expect(await isCompressible([join(folder, 'missing')])).toBe(true);
  });

  it('goes through no link', async () => {
    const linked = await mkdtemp(join(tmpdir(), 'linked-'));
    await writeFile(join(linked, 'text'), 'a'.repeat(90 * MIB));
    await noise('one', 70);
    await symlink(linked, join(folder, 'folder'));
    await symlink(join(linked, 'text'), join(folder, 'file'));
    expect(await isCompressible([folder])).toBe(false);
    await rm(linked, { recursive: true });
  });

  it('ends with its signal', async () => {
    await noise('one', 70);
    const reason = new Error('enough');
    await expect(isCompressible([folder], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
