import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Restic } from '../../src/apps/backups/restic/restic';
import { SNAPSHOT_TAG } from '../../src/apps/backups/snapshot-taker';
import { BackupScheduler } from '../../src/apps/schedules/backup-scheduler';
import { loadSettings, type Environment } from '../../src/platform/config/load-settings';
import { docker, pageAt } from '../support/factories/app-lab';
import { BackupLab, type BackupAnswer } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';
import type { Remote } from '../support/remotes/remote';
import { S3Server } from '../support/remotes/s3-server';
import { SftpServer } from '../support/remotes/sftp-server';

const APP = 'kept';
const BYTES = 6_000_000;

describe.each<[string, () => Promise<Remote>]>([
  ['SFTP', () => SftpServer.start()],
  ['S3', () => S3Server.start()],
])('backups in a repository over %s', (_kind, start) => {
  let remote: Remote;
  let lab: BackupLab;
  let port: string;
  let key: string;
  let saved: BackupAnswer;
  let before: string;
  beforeAll(async () => {
    remote = await start();
    lab = await BackupLab.start({ ...remote.environment, BACKUP_ANSWER_SECONDS: '20' });
    port = await lab.installed(APP);
    await lab.change(APP, BYTES);
  });
  afterAll(async () => {
    await lab.close();
    await remote.close();
  });

  /** Does it and waits for its end, with the app running; null: the backup is gone. */
  async function done(method: string, path = ''): Promise<BackupAnswer | null> {
    const backup = await lab.done(APP, method, path);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('up');
    return backup;
  }
  const container = () => docker.getContainer(`${lab.prefix}${APP}`).inspect();

  /** By a restic of our own with these settings. */
  function snapshots(environment: Environment): Promise<{ id: string }[]> {
    const settings = loadSettings({ ...lab.lab.installation.environment, ...environment });
    const [address] = settings.backupRepositories;
    if (!address) throw new Error('no repository');
    return new Restic(settings).snapshots({ ...address, key }, [SNAPSHOT_TAG]);
  }

  it('saves, lists, verifies and restores every byte', async () => {
    before = await lab.digest(APP);
    const backup = await done('POST');
    expect(backup).toMatchObject({ state: 'saved', failure: null });
    if (backup) saved = backup;
    expect(saved.added).toBeGreaterThan(BYTES);
    key = (await lab.admin.http.post('/api/v1/backups/repositories/away/key')).body.data.key;
    expect(await snapshots({})).toHaveLength(1);
    expect((await lab.call(APP, 'GET')).body.data.items).toMatchObject([{ id: saved.id }]);
    expect((await done('POST', `/${saved.id}/verify`))?.verifiedAt).not.toBeNull();
    await lab.change(APP);
    expect(await done('POST', `/${saved.id}/restore`)).toMatchObject({ failure: null });
    expect(await lab.digest(APP)).toBe(before);
  });

  it('says that the repository does not know our key', async () => {
    await expect(snapshots(remote.wrongKey)).rejects.toThrow(
      /cannot be reached.*(publickey|access key id)/i,
    );
  });

  it('saves and restores slowly where the way is slow', async () => {
    remote.proxy.slow(20);
    try {
      const slow = await done('POST');
      expect(slow).toMatchObject({ state: 'saved', failure: null });
      expect(await done('POST', `/${saved.id}/restore`)).toMatchObject({ failure: null });
      expect(await done('DELETE', `/${slow?.id}`)).toBeNull();
    } finally {
      await remote.proxy.restore();
    }
    expect(await snapshots({})).toHaveLength(1);
  });

  it('keeps what the rules of retention say, and removes the rest', async () => {
    const scheduler = lab.server.app.get(BackupScheduler);
    const path = `/api/v1/apps/${APP}/backup-schedule`;
    const rules = { cron: '0 3 1 1 *', verify: false, keepLast: 1 };
    expect((await lab.admin.http.send('PUT', path, rules)).status).toBe(200);
    const sql = (text: string) => lab.server.dataSource.query(text, [APP]);
    const ids: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await scheduler.tick();
      await sql('UPDATE backup_turns SET nextAt = UTC_TIMESTAMP(3) - INTERVAL 5 HOUR WHERE appName = ?'); // prettier-ignore
      const { backupId } = await pollUntil('the save by schedule', async () => {
        await scheduler.tick();
        const [now] = await sql('SELECT backupId, retainAfter FROM backup_turns WHERE appName = ?');
        return now.backupId !== null && now.backupId !== ids.at(-1) && now.retainAfter === null ? now : null;
      }, { deadlineMs: 120_000, everyMs: 200 }); // prettier-ignore
      ids.push(backupId);
    }
    const [old = '', newest = ''] = ids;
    expect(await lab.over(APP, old)).toBeNull();
    const { items } = (await lab.call(APP, 'GET')).body.data;
    expect(items.map((one: BackupAnswer) => one.id)).toEqual([newest, saved.id]);
    expect(await snapshots({})).toHaveLength(2);
    await lab.admin.http.delete(path);
    expect(await done('DELETE', `/${newest}`)).toBeNull();
    expect(await snapshots({})).toHaveLength(1);
  });

  it('says that the repository is away, and touches nothing', async () => {
    const now = await lab.change(APP);
    const started = (await container()).State.StartedAt;
    await remote.proxy.cut();
    try {
      const away = await done('POST');
      expect(away).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('cannot be reached'),
      });
      expect(await done('POST', `/${saved.id}/restore`)).toMatchObject({
        state: 'saved',
        failure: expect.stringContaining('cannot be reached'),
      });
      expect(await done('DELETE', `/${away?.id}`)).toBeNull();
    } finally {
      await remote.proxy.restore();
    }
    expect(await lab.digest(APP)).toBe(now);
    expect((await container()).State.StartedAt).toBe(started);
  }, 600_000);

  it('does not wait for a server that never answers', async () => {
    remote.proxy.stall();
    try {
      expect((await done('POST'))?.failure).toContain('cannot be reached');
    } finally {
      await remote.proxy.restore();
    }
  });

  it('restores from a repository that cannot be written, and saves nothing there', async () => {
    await remote.setReadOnly(true);
    try {
      await lab.change(APP);
      expect(await done('POST', `/${saved.id}/restore`)).toMatchObject({ failure: null });
      expect(await lab.digest(APP)).toBe(before);
      expect(await done('POST')).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('read-only'),
      });
      expect(await done('DELETE', `/${saved.id}`)).toMatchObject({
        state: 'saved',
        failure: expect.stringContaining('read-only'),
      });
    } finally {
      await remote.setReadOnly(false);
    }
    expect(await snapshots({})).toHaveLength(1);
  }, 600_000);

  it('names the file of a flipped byte, and restores nothing from it', async () => {
    const files = (await readdir(remote.data, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const packs = await Promise.all(
      files.map(async (path) => ({ path, bytes: await readFile(path) })),
    );
    const largest = packs.sort((a, b) => b.bytes.length - a.bytes.length)[0];
    if (!largest) throw new Error('no data');
    const middle = largest.bytes.length >> 1;
    largest.bytes[middle] = (largest.bytes[middle] ?? 0) ^ 1;
    await rm(largest.path);
    await writeFile(largest.path, largest.bytes);
    const now = await lab.change(APP);
    const damaged = await done('POST', `/${saved.id}/verify`);
    expect(damaged?.failure).toContain('damaged');
    expect(damaged?.failure).toMatch(/kept_data\/bytes/);
    expect((await done('POST', `/${saved.id}/restore`))?.failure).toContain('damaged');
    expect(await lab.digest(APP)).toBe(now);
  });

  it('deletes a backup with its data', async () => {
    expect(await done('DELETE', `/${saved.id}`)).toBeNull();
    expect(await snapshots({})).toHaveLength(0);
  });
});
