import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, link, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyEmpty, copyLive, flushedDuring } from './staging';
import { digestTree } from './tree-digest';

describe('a copy of data that an app writes to', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-copy-'));
    await mkdir(join(folder, 'from/deep'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const isRoot = process.geteuid?.() === 0;

  it('has contents, owners, modes, links and holes', async () => {
    const from = join(folder, 'from');
    await writeFile(join(from, 'deep/file'), 'text', { mode: 0o640 });
    await writeFile(Buffer.from(`${from}/odd-\xff name`, 'latin1'), 'odd');
    await symlink('/etc/hostname', join(from, 'link'));
    await link(join(from, 'deep/file'), join(from, 'twin'));
    await writeFile(join(from, 'holes'), 'x');
    await truncate(join(from, 'holes'), 50_000_000);
    if (isRoot) await chown(join(from, 'deep/file'), 1234, 99);
    const to = join(folder, 'to');
    await copyLive(from, to);
    expect((await digestTree(to)).digest).toBe((await digestTree(from)).digest);
    expect(await readlink(join(to, 'link'))).toBe('/etc/hostname');
    const { ino, nlink } = await stat(join(to, 'twin'));
    expect([ino, nlink]).toEqual([(await stat(join(to, 'deep/file'))).ino, 2]);
    expect((await stat(join(to, 'holes'))).blocks * 512).toBeLessThan(1_000_000);
  });

  it('goes through no link that takes the place of a folder meanwhile', async () => {
    const outside = join(folder, 'outside');
    await mkdir(outside);
    for (let n = 0; n < 300; n += 1) {
      await mkdir(join(folder, `from/deep/a/${n}`), { recursive: true });
      await writeFile(join(folder, `from/deep/a/${n}/secret`), 'own');
      await mkdir(join(outside, `${n}`));
      await writeFile(join(outside, `${n}/secret`), 'of the host');
    }
    const swap = `while :; do mv a b; ln -s ${outside} a; rm a; mv b a; done`;
    const child = spawn('sh', ['-c', swap], { cwd: join(folder, 'from/deep'), stdio: 'ignore' });
    try {
      let copied = 0;
      for (let round = 0; round < 8; round += 1) {
        const to = join(folder, `to-${round}`);
        await copyLive(join(folder, 'from'), to).catch(() => undefined);
        const files = await readdir(to, { recursive: true, withFileTypes: true });
        for (const file of files.filter((one) => one.isFile())) {
          expect(await readFile(join(file.parentPath, file.name), 'utf8')).toBe('own');
          copied += 1;
        }
      }
      expect(copied).toBeGreaterThan(0);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('goes on where files vanish and change meanwhile', async () => {
    const from = join(folder, 'from');
    await writeFile(join(from, 'stays'), 'stays');
    const write = 'while :; do n=$((n + 1)); echo $n > f-$n; echo $n >> grows; rm f-$n; done';
    const child = spawn('sh', ['-c', write], { cwd: from, stdio: 'ignore' });
    try {
      for (let round = 0; round < 8; round += 1) {
        const to = join(folder, `to-${round}`);
        await copyLive(from, to);
        expect(await readFile(join(to, 'stays'), 'utf8')).toBe('stays');
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('fails where there is nothing to copy', async () => {
    await expect(copyLive(join(folder, 'gone'), join(folder, 'to'))).rejects.toThrow(/tar/);
  });

  it('keeps owner and mode of a folder whose contents are left out', async () => {
    const from = join(folder, 'from');
    if (isRoot) await chown(from, 70, 71);
    await copyEmpty(from, join(folder, 'to'));
    const [one, other] = [await lstat(from), await lstat(join(folder, 'to'))];
    expect([other.uid, other.gid, other.mode]).toEqual([one.uid, one.gid, one.mode]);
    expect(await readdir(join(folder, 'to'))).toEqual([]);
  });
});

describe('work whose data go to the disk meanwhile', () => {
  it('has its own outcome', async () => {
    expect(await flushedDuring(tmpdir(), () => Promise.resolve('done'))).toBe('done');
    const failing = () => Promise.reject(new Error('its own failure'));
    await expect(flushedDuring(tmpdir(), failing)).rejects.toThrow('its own failure');
  });

  it('is no worse off where the disk cannot be asked', async () => {
    const gone = join(tmpdir(), 'no-such-folder');
    expect(await flushedDuring(gone, () => Promise.resolve('done'))).toBe('done');
  });
});
