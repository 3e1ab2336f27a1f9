import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestTree } from '../../../src/apps/backups/tree-digest';
import { AppLab, pageAt, type AppInfo } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';

const PATIENT = { deadlineMs: 120_000, everyMs: 200 };
/** What a new version does to the data before it fails. */
const SPOIL =
  'echo altered > /data/bytes; rm -rf /data/deep; echo new > /data/added; echo altered > /conf/c; echo x > /more/x; exit 9';

describe('the data of an app that is upgraded', () => {
  let lab: AppLab;
  let repository: string;
  let one: string;
  let two: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'upgrade-backups-'));
    lab = await AppLab.start({ BACKUP_REPOSITORIES: `local=${repository}/one` });
    one = await lab.image({ listen: [8080], page: 'one' });
    two = await lab.image({ listen: [8080], page: 'two' });
  });
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  });

  const compose = (image: string, command = ''): string => `
services:
  web:
    image: ${image}
    ${command === '' ? '' : `command: ["/bin/sh", "-c", "${command}"]`}
    restart: "no"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"${command === '' ? '' : ', "more:/more"'}]
volumes: { data: ${command === '' ? '' : ', more: '} }
`;

  const english = () => lab.admin.http.with({ 'accept-language': 'en' });
  const volumeOf = async (app: string): Promise<string> => lab.volumeFolder(app);
  const folderOf = (app: string): string => join(lab.server.settings.dataDir, 'apps', app);
  const digests = async (app: string) => ({
    volume: (await digestTree(await volumeOf(app))).digest,
    folder: (await digestTree(folderOf(app))).digest,
  });
  const upgrade = (app: string, body: object = {}) =>
    english().post(`/api/v1/apps/${app}/upgrade`, body);
  const backups = async (app: string) =>
    (await english().get(`/api/v1/apps/${app}/backups`)).body.data.items;
  const restored = (app: string): Promise<AppInfo> =>
    pollUntil(`${app} to be as before`, async () => {
      const info = await lab.info(app);
      return info.status === '1' && info.info.includes('old version') ? info : null;
    }, PATIENT); // prettier-ignore

  async function installed(app: string): Promise<string> {
    await lab.writeApp(app, compose(one));
    const { port } = await lab.installed(app);
    const data = await volumeOf(app);
    await mkdir(join(data, 'deep/er'), { recursive: true });
    await writeFile(join(data, 'bytes'), randomBytes(2_000_000), { mode: 0o640 });
    await writeFile(join(data, 'deep/er/file'), 'deep');
    await writeFile(join(folderOf(app), 'conf/c'), 'conf');
    return port;
  }

  /** What the copies of an upgrade leave beside the data. */
  async function litter(app: string): Promise<string[]> {
    const beside = await readdir(dirname(await volumeOf(app)));
    const apps = await readdir(dirname(folderOf(app)));
    const staging = join(lab.server.settings.dataDir, 'backups/staging');
    return [
      ...beside.filter((name) => name.startsWith('.')),
      ...apps.filter((name) => name.startsWith('.')),
      ...(await readdir(staging).catch(() => [])),
    ];
  }

  it('comes back byte by byte where the new version has altered it and then fails', async () => {
    const port = await installed('spoils');
    const before = await digests('spoils');
    await lab.writeApp('spoils', compose(two, SPOIL));
    const answer = await upgrade('spoils');
    expect(answer.status).toBe(200);
    expect((await restored('spoils')).info).toContain('with its data');
    expect(await digests('spoils')).toEqual(before);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('one');
    const [backup] = await backups('spoils');
    expect(backup).toMatchObject({
      id: answer.body.data.backup,
      state: 'saved',
      origin: 'upgrade',
    });
    expect(backup.verifiedAt).not.toBeNull();
    const days = (backup.keptUntil - backup.createdAt) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    expect((await lab.leftovers()).volumes).toEqual([`${lab.prefix}spoils_data`]);
    expect(await litter('spoils')).toEqual([]);
    await lab.uninstall('spoils');
  });

  it('keep their backup from being deleted by hand while the upgrade is under way', async () => {
    const port = await installed('needs');
    await lab.writeApp('needs', compose(two, 'while [ ! -e /data/go ]; do sleep 1; done; exit 9'));
    const { backup } = (await upgrade('needs')).body.data;
    const path = `/api/v1/apps/needs/backups/${backup}`;
    await pollUntil('the new version', () => lab.volumeFolder('needs', 'more').catch(() => null), PATIENT); // prettier-ignore
    const refused = await english().delete(path);
    expect(refused.status).toBe(409);
    expect(refused.body.msg).toContain('An upgrade or a move of the app is using backup');
    expect((await english().get(path)).body.data).toMatchObject({ state: 'saved' });
    await writeFile(join(await volumeOf('needs'), 'go'), '');
    expect((await restored('needs')).info).toContain('with its data');
    expect(await pollUntil('the page', () => pageAt(port))).toBe('one');
    expect((await english().delete(path)).status).toBe(200);
    await pollUntil('the backup to be gone', async () => (await english().get(path)).status === 404, PATIENT); // prettier-ignore
    await lab.uninstall('needs');
  });

  it('can be taken back by hand after an upgrade that went well, with the old version', async () => {
    const port = await installed('returns');
    const before = await digests('returns');
    await lab.writeApp('returns', compose(two));
    const { backup } = (await upgrade('returns')).body.data;
    await pollUntil('the new version', async () => (await pageAt(port)) === 'two', PATIENT);
    await lab.settled('returns', '1');
    expect(await litter('returns')).toEqual([]);
    await writeFile(join(await volumeOf('returns'), 'bytes'), 'of the new version');

    const path = `/api/v1/apps/returns/backups/${backup}`;
    expect((await english().post(`${path}/restore`)).status).toBe(200);
    const ended = await pollUntil('the restore', async () => {
      const { data } = (await english().get(path)).body;
      return data.state === 'saved' ? data : null;
    }, PATIENT); // prettier-ignore
    expect(ended.failure).toBeNull();
    expect((await digests('returns')).volume).toBe(before.volume);
    expect(await pollUntil('the page', () => pageAt(port))).toBe('one');
    await lab.uninstall('returns');
  });

  it('is not touched where no backup can be made, unless the upgrade is asked for without', async () => {
    const port = await installed('refuses');
    const before = await digests('refuses');
    const id = await lab.engines.idOf(lab.containerName('refuses'));
    await lab.writeApp('refuses', compose(two));
    await rm(join(repository, 'one/keys'), { recursive: true });
    expect((await upgrade('refuses')).status).toBe(200);
    const { info } = await restored('refuses');
    expect(info).toContain('was not begun');
    expect(info).toContain('"backup": false');
    expect(await digests('refuses')).toEqual(before);
    expect(await lab.engines.idOf(lab.containerName('refuses'))).toBe(id);
    expect(await pageAt(port)).toBe('one');
    const [failed] = await backups('refuses');
    expect(failed).toMatchObject({ state: 'failed', origin: 'upgrade' });

    const { data } = (await upgrade('refuses', { backup: false })).body;
    expect(data.backup).toBeNull();
    await pollUntil('the new version', async () => (await pageAt(port)) === 'two', PATIENT);
    await lab.settled('refuses', '1');
    expect(await backups('refuses')).toHaveLength(1);
    expect(await readFile(join(folderOf('refuses'), 'conf/c'), 'utf8')).toBe('conf');
    expect((await upgrade('refuses', { backup: 'perhaps' })).status).toBe(400);
  });
});
