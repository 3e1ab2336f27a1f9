import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupLab } from '../../support/factories/backup-lab';
import { pageAt } from '../../support/factories/app-lab';
import { overSwarm } from '../../support/places';
import { pollUntil } from '../../support/poll-until';

/** Answers pages, and its "database" is a file that only the dump has as a whole. */
const compose = (image: string, hooks: string): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "dump:/dump"]
    environment: { SECRET: "\${APP_PASSWORD}" }
    ${hooks.trim().replaceAll('\n', '\n    ')}
volumes: { data: , dump: }
`;

const GOOD = `
x-backup:
  pre: cp /data/bytes /dump/bytes && echo pre >> /data/calls
  post: rm -f /dump/bytes && echo post >> /data/calls
  restore: cp /dump/bytes /data/bytes && echo restore >> /data/calls
  without: [data]
`;

describe('hooks of backups', () => {
  let lab: BackupLab;
  let image: string;
  let repository: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'backup-hooks-'));
    lab = await BackupLab.start({ BACKUP_REPOSITORIES: `local=${repository}/one` });
    image = await lab.lab.image({ listen: [8080], page: 'it runs' });
  });
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  });

  async function installed(name: string, hooks: string): Promise<string> {
    await lab.lab.writeApp(name, compose(image, hooks), {
      '.env': 'HTTP_PORT=9001\n',
    });
    const { port } = await lab.lab.installed(name);
    await writeFile(join(await lab.volume(name), 'bytes'), `data of ${name}`);
    return port;
  }
  const fileOf = async (name: string, file: string): Promise<string> =>
    readFile(join(await lab.volume(name), file), 'utf8').catch(() => '');
  const dumpOf = async (name: string): Promise<string[]> =>
    readdir(await lab.lab.volumeFolder(name, 'dump'));
  const startOf = async (name: string): Promise<string> =>
    (await (await lab.lab.container(name)).inspect()).State.StartedAt;
  const processesOf = async (name: string): Promise<string> =>
    JSON.stringify((await (await lab.lab.container(name)).top()).Processes);

  it('saves an app that goes on running, and has its service load the dump on restore, in place and anew', async () => {
    const port = await installed('hooked', GOOD);
    const started = await startOf('hooked');
    const backup = await lab.saved('hooked');
    expect(backup).toMatchObject({ consistency: 'hook', downtime: 0 });
    expect(await startOf('hooked')).toBe(started);
    expect(await fileOf('hooked', 'calls')).toBe('pre\npost\n');
    expect(await dumpOf('hooked')).toEqual([]);
    // Of the volume that the dump stands for nothing was saved.
    const parts = (await lab.call('hooked', 'GET', `/${backup.id}`)).body.data.parts;
    const sizes = Object.fromEntries(
      parts.map(({ name, size }: { name: string; size: number }) => [name, size]),
    );
    expect(sizes[`${lab.prefix}hooked_data`]).toBeLessThan(sizes[`${lab.prefix}hooked_dump`] + 1);

    await writeFile(join(await lab.volume('hooked'), 'bytes'), 'spoilt');
    const restored = await lab.done('hooked', 'POST', `/${backup.id}/restore`);
    expect(restored).toMatchObject({ state: 'saved', failure: null });
    expect(await fileOf('hooked', 'bytes')).toBe('data of hooked');
    expect(await fileOf('hooked', 'calls')).toBe('restore\n');
    expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');

    await lab.uninstall('hooked', true);
    const anew = await lab.done('hooked', 'POST', `/${backup.id}/restore`);
    expect(anew).toMatchObject({ state: 'saved', failure: null });
    expect(await fileOf('hooked', 'bytes')).toBe('data of hooked');
    expect(await fileOf('hooked', 'calls')).toBe('restore\n');
    expect((await lab.settled('hooked', '1')).port).toBe(port);

    // An ordinary install of the app loads nothing.
    await lab.uninstall('hooked', true);
    await lab.lab.installed('hooked');
    expect(await fileOf('hooked', 'calls')).toBe('');
  });

  it('stops an app of which one service writes data and says nothing of backups', async () => {
    await lab.lab.writeApp('mixed', `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "dump:/dump"]
    ${GOOD.trim().replaceAll('\n', '\n    ')}
  other:
    image: ${image}
    volumes: ["more:/more"]
volumes: { data: , dump: , more: }
`); // prettier-ignore
    await lab.lab.installed('mixed');
    const backup = await lab.saved('mixed');
    expect(backup.consistency).toBe('stopped');
    expect(backup.downtime).toBeGreaterThan(0);
    expect(await fileOf('mixed', 'calls')).toBe('');
  });

  it.each([
    [
      'exits',
      'pre: echo "lost $$SECRET" >&2; exit 3',
      /pre of the service web failed with exit code 3: lost ••••••$/,
    ],
    ['hangs', 'timeout: 1s\n  pre: sleep 4321', /pre of the service web did not end within 1 sec/],
    ['ends', 'pre: kill 1; sleep 30', /Container \S+ends did not run all the time/],
    ['after', 'pre: "true"\n  post: echo no; exit 4', /post of the service web failed .* 4: no/],
  ])('tells why a save failed whose hook %s, and the app goes on', async (name, hooks, cause) => {
    const post = hooks.includes('post:') ? '' : '\n  post: echo post >> /data/calls';
    const port = await installed(name, `x-backup:\n  ${hooks}${post}`);
    const secret = (await lab.admin.http.get(`/api/v1/apps/${name}/secrets`)).body.data;
    const backup = await lab.failed(name, 'POST');
    expect(backup.state).toBe('failed');
    expect(backup.failure).toMatch(cause);
    const password = JSON.stringify(secret).match(/[A-Za-z0-9]{24}/)?.[0] ?? 'none';
    expect(password).toHaveLength(24);
    expect(JSON.stringify(backup)).not.toContain(password);
    if (post !== '' && name !== 'ends') expect(await fileOf(name, 'calls')).toBe('post\n');
    expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');
    // The nodes of the tests' Swarm have processes of their own, which nobody outside can end.
    if (!overSwarm) expect(await processesOf(name)).not.toContain('4321');
    expect((await lab.settled(name, '1')).status).toBe('1');
    expect(await readdir(join(lab.server.settings.dataDir, 'backups/staging'))).toEqual([]);
  });

  it('fails a save during whose copy the container was restarted: its lock is gone', async () => {
    const restarts = 'touch /data/ready; while [ ! -e /data/go ]; do sleep 1; done';
    await installed('again', `x-backup:\n  pre: ${restarts}`);
    const answer = await lab.call('again', 'POST', '', {});
    await pollUntil('the hook', async () => (await readdir(await lab.volume('again'))).includes('ready')); // prettier-ignore
    await (await lab.lab.container('again')).restart({ t: 0 });
    const failed = await lab.over('again', answer.body.data.id as string);
    expect(failed?.failure).toMatch(/did not run all the time/);
  });

  it('returns the data of before where the service does not load the dump', async () => {
    const restore = 'restore: echo "cannot read $$SECRET"; exit 5';
    const pre = 'pre: cp /data/bytes /dump/bytes\n  without: [data]';
    await installed('unread', `x-backup:\n  ${restore}\n  ${pre}`);
    const backup = await lab.saved('unread');
    await writeFile(join(await lab.volume('unread'), 'bytes'), 'of now');
    const failed = await lab.failed('unread', 'POST', `/${backup.id}/restore`);
    expect(failed.failure).toMatch(/restore of the service web failed with exit code 5: cannot read ••••••/); // prettier-ignore
    expect(await fileOf('unread', 'bytes')).toBe('of now');
    await lab.settled('unread', '1');
    await lab.uninstall('unread', true);
    const anew = await lab.failed('unread', 'POST', `/${backup.id}/restore`);
    expect(anew.failure).toMatch(/restore of the service web failed with exit code 5: cannot read ••••••/); // prettier-ignore
    expect((await lab.leftovers()).volumes.filter((volume) => volume.includes('unread'))).toEqual(
      [],
    );
  });
});
