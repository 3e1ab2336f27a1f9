import { execFile } from 'node:child_process';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BACKUP_FORMAT } from '../../src/apps/backups/backup-manifest';
import { ResticFailedError } from '../../src/apps/backups/backup.errors';
import { Repositories } from '../../src/apps/backups/repositories.service';
import { Restic } from '../../src/apps/backups/restic/restic';
import { BackupLab } from '../support/factories/backup-lab';
import { docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { SmallDisk } from '../support/small-disk';

const run = promisify(execFile);
const DISK_MEBIBYTES = 160;

describe('backups that meet faults', () => {
  let disk: SmallDisk;
  let data: SmallDisk;
  let folder: string;
  let lab: BackupLab;
  beforeAll(async () => {
    disk = await SmallDisk.mount(DISK_MEBIBYTES);
    data = await SmallDisk.mount(DISK_MEBIBYTES);
    folder = await mkdtemp(join(tmpdir(), 'backup-faults-'));
    lab = await BackupLab.start({
      DATA_DIR: data.folder,
      BACKUP_REPOSITORIES: `local=${folder}/one,small=${disk.folder}/repository,nowhere=/proc/none/repository`,
    });
  });
  afterAll(async () => {
    await lab.close();
    await Promise.all([disk.unmount(), data.unmount()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('saves nothing where the staging disk is full or the repository cannot be, and the app is not stopped', async () => {
    const port = await lab.installed('staged');
    const id = docker.getContainer(`${lab.prefix}staged`);
    const started = (await id.inspect()).State.StartedAt;
    await data.fill(8 * 1024 * 1024);
    try {
      const { failure } = await lab.failed('staged', 'POST');
      expect(failure).toContain('no room');
    } finally {
      await data.empty();
    }
    expect((await id.inspect()).State.StartedAt).toBe(started);
    expect(await pageAt(port)).toBe('up');
    const nowhere = await lab.failed('staged', 'POST', '', { repository: 'nowhere' });
    expect(nowhere.failure).toContain('cannot be reached');
    expect((await id.inspect()).State.StartedAt).toBe(started);
    const backup = await lab.saved('staged');
    await lab.change('staged');
    await data.fill(1024 * 1024);
    const before = await lab.digest('staged');
    try {
      const { failure } = await lab.failed('staged', 'POST', `/${backup.id}/restore`);
      expect(failure).toContain('no room');
    } finally {
      await data.empty();
    }
    expect(await lab.digest('staged')).toBe(before);
  });

  it('says that the repository is full; once it has room the next save is whole', async () => {
    const port = await lab.installed('stored');
    await lab.saved('stored', { repository: 'small' });
    await lab.change('stored', 12_000_000);
    let failedId = '';
    await disk.fill(4 * 1024 * 1024);
    try {
      const { id, failure } = await lab.failed('stored', 'POST', '', { repository: 'small' });
      expect(failure).toContain('is full');
      expect(await pageAt(port)).toBe('up');
      failedId = id;
    } finally {
      await disk.empty();
    }
    const folderOf = join(disk.folder, 'repository');
    await rename(folderOf, `${folderOf}.away`);
    expect(await lab.failed('stored', 'DELETE', `/${failedId}`)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('cannot be reached'),
    });
    await rename(`${folderOf}.away`, folderOf);
    expect(await lab.done('stored', 'DELETE', `/${failedId}`)).toBeNull();
    const before = await lab.digest('stored');
    const backup = await lab.saved('stored', { repository: 'small' });
    await lab.change('stored');
    await lab.done('stored', 'POST', `/${backup.id}/restore`);
    expect(await lab.digest('stored')).toBe(before);
  });

  it('keeps no copy of data that something else changes meanwhile', async () => {
    const port = await lab.installed('written');
    await lab.change('written', 30_000_000);
    const file = join(await lab.volume('written'), 'log');
    let writes = true;
    const writer = (async () => {
      while (writes) await appendFile(file, 'line\n');
    })();
    try {
      const { failure, state } = await lab.failed('written', 'POST');
      expect([state, failure]).toEqual(['failed', expect.stringContaining('Something else wrote')]);
      expect(await pollUntil('the page', () => pageAt(port))).toBe('up');
    } finally {
      writes = false;
      await writer;
    }
    await lab.saved('written');
  });

  it('opens the repository while the copy is made, reads none that is not complete, and saves none that never is', async () => {
    const restic = lab.server.app.get(Restic);
    const repository = await lab.server.app.get(Repositories).open('local');
    const copy = await mkdtemp(join(folder, 'copy-'));
    const failing = restic.save(repository, copy, ['never'], {
      ready: Promise.reject(new Error('its copy failed')),
    });
    await expect(failing).rejects.toBeInstanceOf(ResticFailedError);
    expect(await restic.snapshots(repository, ['never'])).toEqual([]);

    let complete: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (complete = resolve));
    const saved = restic.save(repository, copy, ['late'], { ready });
    const isLocked = async (): Promise<boolean> =>
      (await readdir(join(folder, 'one', 'locks'))).length > 0;
    await pollUntil('restic to lock the repository', isLocked);
    await writeFile(join(copy, 'late'), 'written last');
    complete();
    const { snapshotId } = await saved;
    expect(await restic.dump(repository, snapshotId, '/late')).toBe('written last');
  });

  it('refuses the wrong key of a repository for every kind of work, and touches nothing', async () => {
    await lab.installed('locked');
    const backup = await lab.saved('locked', { repository: 'small' });
    const key = (await lab.admin.http.post('/api/v1/backups/repositories/small/key')).body.data.key;
    const other = join(folder, 'other-key');
    await writeFile(other, 'f'.repeat(64));
    const restic = (password: string, ...args: string[]) =>
      run('restic', ['-r', join(disk.folder, 'repository'), ...args], {
        env: { ...process.env, RESTIC_PASSWORD: password },
      });
    await restic(key, 'key', 'passwd', '--new-password-file', other);
    const before = await lab.digest('locked');
    for (const [method, path] of [
      ['POST', ''],
      ['POST', `/${backup.id}/restore`],
      ['POST', `/${backup.id}/verify`],
      ['DELETE', `/${backup.id}`],
    ] as const) {
      const { failure } = await lab.failed('locked', method, path, path ? {} : { repository: 'small' }); // prettier-ignore
      expect([method, path, failure]).toEqual([method, path, expect.stringContaining('key')]);
    }
    expect(await lab.digest('locked')).toBe(before);
    await writeFile(other, key);
    await restic('f'.repeat(64), 'key', 'passwd', '--new-password-file', other);
    expect(await lab.done('locked', 'DELETE', `/${backup.id}`)).toBeNull();
  });

  it('restores over kept data, and gives the app another port where its own is taken', async () => {
    const port = await lab.installed('ported');
    const before = await lab.digest('ported');
    const backup = await lab.saved('ported');
    await lab.change('ported');
    await lab.uninstall('ported', false);
    const other = createServer((_, answer) => answer.end('other'));
    await pollUntil(
      'the port to be free',
      () =>
        new Promise<boolean>((resolve) => {
          other.once('error', () => resolve(false));
          other.listen(Number(port), '127.0.0.1', () => resolve(true));
        }),
    );
    try {
      expect(await lab.done('ported', 'POST', `/${backup.id}/restore`)).toMatchObject({ failure: null }); // prettier-ignore
    } finally {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
    const now = (await lab.settled('ported', '1')).port;
    expect(now).not.toBe(port);
    expect(await pollUntil('the page', () => pageAt(now))).toBe('up');
    expect(await lab.digest('ported')).toBe(before);
  });

  it('restores an app that the catalog no longer has', async () => {
    await lab.installed('gone');
    const before = await lab.digest('gone');
    const backup = await lab.saved('gone');
    await lab.uninstall('gone', true);
    await rm(join(lab.catalog, 'gone'), { recursive: true });
    await lab.admin.http.post('/api/v1/catalog/reload');
    expect(await lab.done('gone', 'POST', `/${backup.id}/restore`)).toMatchObject({ failure: null }); // prettier-ignore
    await lab.settled('gone', '1');
    expect(await lab.digest('gone')).toBe(before);
    expect((await lab.saved('gone')).failure).toBeNull();
  });

  it('refuses what a newer version or another architecture has saved', async () => {
    await lab.installed('foreign');
    const backup = await lab.saved('foreign', { repository: 'local' });
    await lab.uninstall('foreign', true);
    const key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
    const env = { ...process.env, RESTIC_PASSWORD: key };
    const restic = (cwd: string, ...args: string[]) =>
      run('restic', ['-r', join(folder, 'one'), ...args], { env, cwd });
    const [{ snapshotId }] = await lab.server.dataSource.query(
      'SELECT snapshotId FROM app_backups WHERE id = ?',
      [backup.id],
    );
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await restic(tree, 'restore', snapshotId, '--target', tree);
    const text = await readFile(join(tree, 'manifest.json'), 'utf8');
    const edits = {
      newer: { format: BACKUP_FORMAT + 1, product: '9.9.9' },
      other: { architecture: 'riscv64' },
    };
    for (const [name, edit] of Object.entries(edits)) {
      await writeFile(
        join(tree, 'manifest.json'),
        JSON.stringify({ ...JSON.parse(text), ...edit }),
      );
      await restic(tree, 'backup', '--tag', `stackscape,app=foreign,backup=${name}`, '.');
    }
    const other = await BackupLab.start({
      BACKUP_REPOSITORIES: `local=${folder}/one`,
      CONTAINER_PREFIX: lab.prefix,
    });
    try {
      const opened = await other.admin.http.post('/api/v1/backups/repositories/local/open', {
        key,
      });
      expect(opened.status).toBe(200);
      const rows: { id: string; manifest: string }[] = await other.server.dataSource.query(
        `SELECT id, manifest FROM app_backups WHERE appName = 'foreign'`,
      );
      const idOf = (part: string): string =>
        rows.find(({ manifest }) => manifest.includes(part))?.id ?? '';
      for (const [part, said] of [
        ['"9.9.9"', 'newer version 9.9.9'],
        ['"riscv64"', 'riscv64'],
      ] as const) {
        const { failure } = await other.failed('foreign', 'POST', `/${idOf(part)}/restore`);
        expect(failure).toContain(said);
      }
      expect(await other.leftovers()).toMatchObject({ leases: 0 });
      // Whoever deletes them here removes them from the repository, whatever they were called there.
      expect(await other.done('foreign', 'DELETE', `/${idOf('"9.9.9"')}`)).toBeNull();
      const { stdout } = await restic(tree, 'snapshots', '--json');
      expect(stdout).not.toContain('backup=newer');
      expect(stdout).toContain('backup=other');
    } finally {
      await other.closeServers();
    }
  });
});
