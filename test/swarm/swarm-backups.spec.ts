import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLEAN } from '../support/factories/app-lab';
import { BackupLab } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';

jest.setTimeout(300_000);

interface Service {
  readonly Spec: { readonly Name: string };
}

describe('backups of an app over a Swarm', () => {
  let swarm: SwarmLab;
  let lab: BackupLab;
  let repository: string;
  let one: string;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    repository = await mkdtemp(join(tmpdir(), 'swarm-backups-'));
    const { host, docker } = swarm.manager;
    lab = await BackupLab.start(
      {
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: host,
        BACKUP_REPOSITORIES: `local=${repository}/one`,
      },
      docker,
    );
    one = await publish('one');
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
    await rm(repository, { recursive: true, force: true });
  });

  const publish = (page: string, more: object = {}): Promise<string> =>
    publishStandIn(`backups-${randomBytes(5).toString('hex')}:1`, {
      listen: [8080],
      page,
      ...more,
    });
  const pageAt = (port: string): Promise<string | null> =>
    fetch(`http://${swarm.manager.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.text()).trim(),
      () => null,
    );
  const untilPage = (port: string, text: string): Promise<unknown> =>
    pollUntil(`the page ${text}`, async () => (await pageAt(port)) === text);
  const names = async (): Promise<string[]> =>
    ((await swarm.manager.docker.listServices()) as unknown as Service[])
      .map(({ Spec }) => Spec.Name)
      .sort();
  /** Its data are written by `web`; `helper` has none, and may run on any node. */
  const compose = (web: string, more = ''): string => `
services:
  web:
    image: "${web}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
    ${more}
  helper: { image: "${one}", restart: always }
volumes: { data: }
`;
  async function installed(app: string, more = ''): Promise<string> {
    await lab.lab.writeApp(app, compose(one, more));
    const { port } = await lab.lab.installed(app);
    await lab.change(app);
    return port;
  }
  async function removed(app: string): Promise<void> {
    await lab.uninstall(app, true);
    expect(await names()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  }

  it('bring its data back, in place, after it was removed, and as a new instance', async () => {
    const port = await installed('kept');
    const before = await lab.digest('kept');
    const backup = await lab.saved('kept');
    expect(backup).toMatchObject({ state: 'saved', consistency: 'stopped' });
    await untilPage(port, 'one');

    await lab.change('kept');
    expect(await lab.done('kept', 'POST', `/${backup.id}/restore`)).toMatchObject({
      failure: null,
    });
    expect(await lab.digest('kept')).toBe(before);
    await lab.settled('kept', '1');
    await untilPage(port, 'one');

    const beside = await lab.done('kept', 'POST', `/${backup.id}/restore`, { instance: 'second' });
    expect(beside).toMatchObject({ failure: null });
    const second = await lab.settled('kept--second', '1');
    expect(second.port).not.toBe(port);
    await untilPage(second.port, 'one');
    expect(await lab.digest('kept--second')).toBe(before);
    await lab.uninstall('kept--second', true);

    await lab.uninstall('kept', true);
    expect(await lab.leftovers()).toEqual(CLEAN);
    expect(await lab.done('kept', 'POST', `/${backup.id}/restore`)).toMatchObject({
      failure: null,
    });
    await lab.settled('kept', '1');
    expect(await lab.digest('kept')).toBe(before);
    await removed('kept');
  });

  it('are verified without a start of the app apart, and say why', async () => {
    await installed('checked');
    const backup = await lab.saved('checked');
    const verified = await lab.done('checked', 'POST', `/${backup.id}/verify`);
    expect(verified).toMatchObject({ state: 'saved', failure: null });
    expect(verified!.verifiedAt).not.toBeNull();
    expect(JSON.stringify(verified)).toContain('not-tried');
    expect(JSON.stringify(verified)).toContain('ORCHESTRATOR=swarm');
    await removed('checked');
  });

  it('have its service make a dump while it runs, and load it', async () => {
    const hooks = `x-backup:
      pre: cp /data/bytes /dump/bytes && echo pre >> /data/calls
      post: rm -f /dump/bytes && echo post >> /data/calls
      restore: cp /dump/bytes /data/bytes
      without: [data]`;
    await lab.lab.writeApp(
      'hooked',
      compose(one, hooks).replace('"data:/data"', '"data:/data", "dump:/dump"').replace('{ data: }', '{ data: , dump: }'), // prettier-ignore
    );
    const { port } = await lab.lab.installed('hooked');
    const file = async (name: string): Promise<string> => join(await lab.volume('hooked'), name);
    await writeFile(await file('bytes'), 'of the app');
    const tasks = async (): Promise<string> => JSON.stringify((await swarm.manager.docker.listContainers()).map(({ Id }) => Id)); // prettier-ignore
    const before = await tasks();
    expect(await lab.saved('hooked')).toMatchObject({ consistency: 'hook', downtime: 0 });
    expect(await tasks()).toBe(before);
    expect(await readFile(await file('calls'), 'utf8')).toBe('pre\npost\n');
    const backup = await lab.saved('hooked');
    await writeFile(await file('bytes'), 'spoilt');
    expect(await lab.done('hooked', 'POST', `/${backup.id}/restore`)).toMatchObject({
      failure: null,
    });
    expect(await readFile(await file('bytes'), 'utf8')).toBe('of the app');
    await untilPage(port, 'one');
    await removed('hooked');
  });

  it('are made by schedule, and refused for an app that is not there', async () => {
    await installed('timed');
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    const schedule = { cron: '0 3 * * *', timeZone: 'UTC', keepLast: 3 };
    const put = await http.send('PUT', '/api/v1/apps/timed/backup-schedule', schedule);
    expect([put.status, put.body.data?.source]).toEqual([200, 'app']);
    expect((await lab.call('absent', 'POST')).status).toBe(404);
    await removed('timed');
  });
});
