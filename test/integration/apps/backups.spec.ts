import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestTree } from '../../../src/apps/backups/tree-digest';
import { AppLab, pageAt } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';

interface Backup {
  readonly id: string;
  readonly state: string;
  readonly phase: string;
  readonly failure: string | null;
  readonly size: number;
  readonly added: number;
  readonly downtime: number;
  readonly verifiedAt: number | null;
  readonly restoredAt: number | null;
  readonly parts: { name: string; size: number }[];
}

const AT_WORK = ['saving', 'restoring', 'verifying', 'removing'];

describe('backups of apps', () => {
  let lab: AppLab;
  let image: string;
  let repository: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'backup-repository-'));
    lab = await AppLab.start({
      BACKUP_REPOSITORIES: `local=${repository}/one,other=${repository}/two`,
    });
    image = await lab.image({ listen: [8080], page: 'it runs' });
  });
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  });

  const compose = (): string => `
services:
  web:
    image: ${image}
    command: ["/bin/sh", "-c", "[ ! -e /data/poison ] || exit 9; exec /start.sh"]
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"]
    environment: { "PASSWORD": "\${APP_PASSWORD}" }
volumes: { data: }
`;

  const call = async (method: 'get' | 'post' | 'delete', path: string, body?: object) => {
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    return http.send(method.toUpperCase(), `/api/v1/apps/${path}`, body);
  };
  const volumeOf = async (app: string): Promise<string> => lab.volumeFolder(app);
  const folderOf = (app: string): string => join(lab.server.settings.dataDir, 'apps', app);

  async function over(app: string, id: string): Promise<Backup> {
    return pollUntil(
      `the work on a backup of ${app} to end`,
      async () => {
        const { data } = (await call('get', `${app}/backups/${id}`)).body;
        return AT_WORK.includes(data.state) ? null : (data as Backup);
      },
      { deadlineMs: 120_000, everyMs: 100 },
    );
  }

  async function begin(path: string, body?: object): Promise<Backup> {
    const answer = await call('post', path, body);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return answer.body.data as Backup;
  }

  async function saved(app: string): Promise<Backup> {
    const backup = await over(app, (await begin(`${app}/backups`)).id);
    expect(backup).toMatchObject({ state: 'saved', failure: null });
    return backup;
  }

  /** An app with data that a text would not survive: sparse, odd names, owners, links. */
  async function installed(name: string): Promise<string> {
    await lab.writeApp(name, compose(), { '.env': 'HTTP_PORT=9001\n' });
    const { port } = await lab.installed(name);
    await fill(name);
    return port;
  }

  async function fill(name: string): Promise<void> {
    const data = await volumeOf(name);
    await writeFile(join(data, 'bytes'), randomBytes(3_000_000));
    await mkdir(join(data, 'deep/er'), { recursive: true });
    await writeFile(Buffer.from(`${data}/odd-\xff name`, 'latin1'), randomBytes(100), {
      mode: 0o640,
    });
    const exec = await (
      await lab.container(name)
    ).exec({
      Cmd: [
        'sh',
        '-c',
        'touch /data/deep/er/file; chown 1234:99 /data/deep/er /data/bytes; echo conf > /conf/c',
      ],
    });
    // Its answer has to be taken: the connection, and with it this process, waits for that.
    (await exec.start({ Detach: true })).resume();
    await pollUntil('the files of the app', () =>
      stat(join(folderOf(name), 'conf/c')).then(
        ({ size }) => size > 0,
        () => false,
      ),
    );
  }

  const digests = async (name: string) => ({
    volume: (await digestTree(await volumeOf(name))).digest,
    folder: (await digestTree(folderOf(name))).digest,
  });

  const secretsOf = async (name: string) => (await call('get', `${name}/secrets`)).body.data;

  it('saves an app and brings every byte back, over the app and after it was removed with its data', async () => {
    const port = await installed('keeps');
    const before = await digests('keeps');
    const passwords = await secretsOf('keeps');
    expect(passwords).toEqual([{ name: 'APP_PASSWORD', value: expect.stringMatching(/.{8}/) }]);
    const backup = await saved('keeps');
    expect(backup.size).toBeGreaterThan(3_000_000);
    expect(backup.added).toBeGreaterThan(3_000_000);
    expect(backup.downtime).toBeGreaterThan(0);
    expect(backup.parts.map((part) => part.name)).toEqual([`${lab.prefix}keeps_data`, 'keeps']);
    expect(await digests('keeps')).toEqual(before);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');

    await writeFile(join(await volumeOf('keeps'), 'bytes'), 'overwritten');
    await writeFile(join(folderOf('keeps'), 'conf/new'), 'later');
    expect(await digests('keeps')).not.toEqual(before);
    await begin(`keeps/backups/${backup.id}/restore`);
    const restored = await over('keeps', backup.id);
    expect(restored).toMatchObject({ state: 'saved', failure: null });
    expect(restored.restoredAt).not.toBeNull();
    expect(await digests('keeps')).toEqual(before);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');

    expect((await lab.uninstall('keeps', true)).status).toBe(200);
    expect(await lab.leftovers()).toMatchObject({ containers: [], volumes: [], leases: 0 });
    await begin(`keeps/backups/${backup.id}/restore`);
    expect(await over('keeps', backup.id)).toMatchObject({ state: 'saved', failure: null });
    expect(await digests('keeps')).toEqual(before);
    expect((await lab.settled('keeps', '1')).port).toBe(port);
    expect(await secretsOf('keeps')).toEqual(passwords);
    await pollUntil('the folders to be empty', async () => (await litter()).length === 0);
  });

  it('returns what was there when the app does not come up from the backup', async () => {
    const port = await installed('comes');
    await writeFile(join(await volumeOf('comes'), 'poison'), '');
    const backup = await saved('comes');
    await rm(join(await volumeOf('comes'), 'poison'));
    await call('post', 'comes/start');
    await lab.settled('comes', '1');
    await fill('comes');
    const before = await digests('comes');
    await begin(`comes/backups/${backup.id}/restore`);
    const ended = await over('comes', backup.id);
    expect(ended.state).toBe('saved');
    expect(ended.failure).toMatch(/exit|ended|code 9/i);
    expect(await digests('comes')).toEqual(before);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');

    await lab.uninstall('comes', true);
    await begin(`comes/backups/${backup.id}/restore`);
    const again = await over('comes', backup.id);
    expect(again.failure).toContain('did not come up');
    expect(await lab.leftovers()).toMatchObject({
      volumes: expect.not.arrayContaining([`${lab.prefix}comes_data`]),
    });
    await pollUntil('the folders to be empty', async () => (await litter()).length === 0);
  });

  it('verifies a backup, and names the file of a flipped byte', async () => {
    await installed('flips');
    const answer = await begin('flips/backups', { repository: 'other' });
    const backup = await over('flips', answer.id);
    await begin(`flips/backups/${backup.id}/verify`);
    expect((await over('flips', backup.id)).verifiedAt).not.toBeNull();
    const packs = await filesBelow(join(repository, 'two', 'data'));
    const largest = packs.sort((a, b) => b.size - a.size)[0];
    const bytes = await readFile(largest?.path ?? '');
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await rm(largest?.path ?? '');
    await writeFile(largest?.path ?? '', bytes);
    await begin(`flips/backups/${backup.id}/verify`);
    const damaged = await over('flips', backup.id);
    expect(damaged.state).toBe('saved');
    expect(damaged.failure).toContain('damaged');
    expect(damaged.failure).toMatch(/flips_data\/(bytes|odd)/);
    const before = await digests('flips');
    await begin(`flips/backups/${backup.id}/restore`);
    expect((await over('flips', backup.id)).failure).toContain('damaged');
    expect(await digests('flips')).toEqual(before);
    await lab.settled('flips', '1');
  });

  it('comes back on another server from the repository and its key alone, under the same prefix', async () => {
    await installed('moves');
    const before = await digests('moves');
    await saved('moves');
    const key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
    const twice = await lab.admin.http.post('/api/v1/backups/repositories/local/key');
    expect([twice.status, JSON.stringify(twice.body).includes(key)]).toEqual([409, false]);
    await lab.uninstall('moves', true);

    const open = (other: AppLab, given: string) =>
      other.admin.http.post('/api/v1/backups/repositories/local/open', { key: given });
    const environment = { BACKUP_REPOSITORIES: `local=${repository}/one` };
    for (const prefix of [lab.prefix, `x${lab.prefix}`]) {
      // Its catalog does not have the app.
      const other = await AppLab.start({ ...environment, CONTAINER_PREFIX: prefix });
      try {
        expect((await open(other, '0'.repeat(64))).status).toBe(409);
        expect((await open(other, key)).body.data.added).toBeGreaterThan(0);
        const path = '/api/v1/apps/moves/backups';
        const [{ id }] = (await other.admin.http.get(path)).body.data.items;
        await other.admin.http.post(`${path}/${id}/restore`);
        const ended = await pollUntil('the restore to end', async () => {
          const { data } = (await other.admin.http.get(`${path}/${id}`)).body;
          return AT_WORK.includes(data.state) ? null : data;
        }, { deadlineMs: 120_000, everyMs: 100 }); // prettier-ignore
        if (prefix === lab.prefix) {
          expect(ended).toMatchObject({ state: 'saved', failure: null });
          expect((await digestTree(await volumeOf('moves'))).digest).toBe(before.volume);
          const { port } = await other.settled('moves', '1');
          expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');
          await other.uninstall('moves', true);
        } else {
          expect(ended.failure).toContain('CONTAINER_PREFIX');
          expect(await other.leftovers()).toMatchObject({ containers: [], volumes: [] });
        }
      } finally {
        await other.closeServers();
      }
    }
  });

  /** What a save or restore leaves in the data folder and beside volumes. */
  async function litter(): Promise<string[]> {
    const { dataDir } = lab.server.settings;
    // Old data are removed when the restore is over.
    const names = await Promise.all(
      ['backups/staging', 'apps'].map((folder) => readdir(join(dataDir, folder)).catch(() => [])),
    );
    return [...(names[0] ?? []), ...(names[1] ?? []).filter((name) => name.startsWith('.'))];
  }
});

async function filesBelow(folder: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return Promise.all(files.map(async (path) => ({ path, size: (await stat(path)).size })));
}
