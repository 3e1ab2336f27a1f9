import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestTree } from '../../src/apps/backups/tree-digest';
import type { Environment } from '../../src/platform/config/load-settings';
import { WorkerProcess } from '../chaos/worker-process';
import type { AppInfo } from '../support/factories/app-lab';
import { BackupLab } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';
import type { Remote } from '../support/remotes/remote';
import { S3Server } from '../support/remotes/s3-server';
import { SftpServer } from '../support/remotes/sftp-server';
import { publishStandIn, testRegistry } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(600_000);

const PATIENT = { deadlineMs: 180_000, everyMs: 200 };
/** Of the changes to the Swarm, the rows of backups and the data in a move: at the old home, and at the new one. */
const SAVING_POINTS = [1, 4, 8, 12, 15];
const RESTORING_POINTS = [1, 2, 3, 4, 5, 6];

describe('moves of apps with data between managers of a Swarm', () => {
  let swarm: SwarmLab;
  let registry: TcpProxy;
  /** By the name of the repository that each is. */
  const remotes = new Map<'s3' | 'sftp', Remote>();
  let lab: BackupLab;
  let folder: string;
  let one: SwarmNode;
  let two: SwarmNode;
  let image: string;
  /** Of the workers on each of the two. */
  let environments: ReadonlyMap<SwarmNode, Environment>;
  beforeAll(async () => {
    const [host = '', port] = testRegistry().split(':');
    registry = await TcpProxy.before(host, Number(port));
    remotes.set('s3', await S3Server.start());
    remotes.set('sftp', await SftpServer.start());
    const ways = [...remotes].map(([name, { environment }]) => {
      const { BACKUP_REPOSITORIES: way = '', ...more } = environment;
      return { way: way.replace(/^\w+=/, `${name}=`), more };
    });
    swarm = await SwarmLab.start(3, [`127.0.0.1:${registry.port}`], 3);
    [one, two] = swarm.nodes as [SwarmNode, SwarmNode];
    image = await publish();
    lab = await BackupLab.start(
      {
        ...Object.assign({}, ...ways.map(({ more }) => more)),
        BACKUP_REPOSITORIES: ways.map(({ way }) => way).join(','),
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: one.host,
        ROLE: 'api',
        ACCESS_TOKEN_SECONDS: '7200',
      },
      one.docker,
    );
    const { environment } = lab.lab.installation;
    folder = await mkdtemp(join(tmpdir(), 'stackscape-second-'));
    const dataDir = join(folder, 'second');
    await cp(join(environment['DATA_DIR'] ?? '', 'secrets'), join(dataDir, 'secrets'), { recursive: true }); // prettier-ignore
    environments = new Map([
      [one, environment],
      [two, { ...environment, DATA_DIR: dataDir, DOCKER_HOST: two.host }],
    ]);
    await lab.server.dataSource.query('INSERT IGNORE INTO app_homes (nodeId, name) VALUES (?, ?)', [
      two.id,
      two.name,
    ]);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
    for (const remote of remotes.values()) await remote.close();
    await registry?.cut();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const publish = (): Promise<string> =>
    publishStandIn(`moves-${randomBytes(5).toString('hex')}:1`, { listen: [8080], page: 'here' });
  const compose = (of: string): string => `
services:
  web:
    image: "${of}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"]
    secrets: [word]
volumes: { data: }
secrets: { word: { content: "a secret word" } }
`;
  const worker = (node: SwarmNode, chaos: Environment = {}): WorkerProcess =>
    WorkerProcess.start(environments.get(node) ?? {}, { CHAOS_KILL_AT: '0', ...chaos });
  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const query = <T>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
    lab.server.dataSource.query<T[]>(sql, [...values]);
  const volumesOn = async ({ docker }: SwarmNode, app: string): Promise<string[]> =>
    (await docker.listVolumes()).Volumes.map(({ Name }) => Name).filter((name) =>
      name.startsWith(`${lab.prefix}${app}_`),
    );
  /** Of the volume and the folder of the app there; null: neither is there. */
  const dataOn = async (node: SwarmNode, app: string): Promise<string | null> => {
    const [name] = await volumesOn(node, app);
    const apps = join(environments.get(node)?.['DATA_DIR'] ?? '', 'apps');
    const names = await readdir(apps).catch(() => []);
    if (name === undefined && !names.some((found) => found.includes(app))) return null;
    if (name === undefined) return `only ${names.join(' ')}`;
    const { Mountpoint } = await node.docker.getVolume(name).inspect();
    return (await digestTree(Mountpoint)).digest + (await digestTree(join(apps, app))).digest;
  };
  const isOver = async (app: string): Promise<boolean> => {
    const [row] = await query<{ state: string }>(
      'SELECT state FROM app_installations WHERE activeApp = ?',
      [app],
    );
    return row?.state === 'installed';
  };
  const over = async (app: string): Promise<AppInfo> => {
    await pollUntil(`the move of ${app} to end`, () => isOver(app), PATIENT);
    return lab.settled(app, '1');
  };
  const move = async (app: string, node: SwarmNode, repository?: string): Promise<string> => {
    const by = repository === undefined ? {} : { repository };
    const { status, body } = await http().post(`/api/v1/apps/${app}/move`, {
      node: node.name,
      ...by,
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.data.jobId as string;
  };
  const homeOf = async (app: string): Promise<SwarmNode> => {
    const [row] = await query<{ home: string }>(
      'SELECT home FROM app_installations WHERE activeApp = ?',
      [app],
    );
    return row?.home === two.id ? two : one;
  };
  const installed = async (app: string, of = image): Promise<string> => {
    await lab.lab.writeApp(app, compose(of), { 'conf/c': 'conf' });
    await http().post('/api/v1/catalogue/reload', {});
    const { port } = await lab.lab.installed(app);
    await lab.change(app, 300_000);
    return port;
  };
  const untilCleared = (): Promise<unknown> =>
    pollUntil('nothing to be left behind', async () =>
      (await query('SELECT * FROM app_leftovers')).length === 0, PATIENT); // prettier-ignore
  const names = async (): Promise<string[]> => {
    const services = await one.docker.listServices();
    return services.map(({ Spec }) => Spec?.Name ?? '').sort();
  };
  const pageOf = (node: SwarmNode, port: string): Promise<string | null> =>
    fetch(`http://${node.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.text()).trim(),
      () => null,
    );
  /** In one place, whole, and running there. */
  const expectWhole = async (app: string, port: string, data: string): Promise<SwarmNode> => {
    const home = await homeOf(app);
    const other = home === one ? two : one;
    expect([app, await dataOn(home, app)]).toEqual([app, data]);
    expect([app, await dataOn(other, app)]).toEqual([app, null]);
    await pollUntil(`the page of ${app}`, () => pageOf(home, port), PATIENT);
    expect((await lab.lab.info(app)).port).toBe(port);
    return home;
  };

  const calmly = async (work: () => Promise<void>): Promise<void> => {
    const workers = [worker(one), worker(two)];
    try {
      await work();
    } finally {
      for (const each of workers) await each.stop();
    }
  };
  const removed = async (...apps: readonly string[]): Promise<void> => {
    for (const app of apps) {
      const { status, body } = await http().post('/uninstallApp', {
        appName: app,
        removeData: true,
      });
      expect([app, status, body]).toEqual([app, 200, expect.anything()]);
      for (const node of [one, two]) expect([app, await dataOn(node, app)]).toEqual([app, null]);
    }
    expect(await names()).toEqual([]);
    const { docker } = one;
    expect([await docker.listConfigs(), await docker.listSecrets()]).toEqual([[], []]);
    expect(await query('SELECT * FROM app_port_leases')).toEqual([]);
  };

  it.each(['s3', 'sftp'])(
    'take every byte along over %s, leave nothing behind, and come back',
    (way) =>
      calmly(async () => {
        const app = `keeps-${way}`;
        const port = await installed(app);
        const data = (await dataOn(one, app))!;
        for (const node of [two, one]) {
          await move(app, node, way);
          expect((await over(app)).info).toBe('');
          await untilCleared();
          expect(await expectWhole(app, port, data)).toBe(node);
          expect(await names()).toEqual([lab.lab.containerName(app)]);
        }
        const { items } = (await lab.call(app, 'GET')).body.data;
        expect(items).toMatchObject([
          { state: 'saved', origin: 'move', repository: way },
          { state: 'saved', origin: 'move', repository: way },
        ]);
        const audit = (await http().get('/api/v1/user/admin/audit?limit=50')).body.data.items;
        const ended = (audit as { action: string; target: { id: string }; details: object }[]).filter(({ action, target }) => action === 'app.moved-data-removed' && target.id === app); // prettier-ignore
        expect(ended.map(({ details }) => details)).toEqual([{ node: two.id }, { node: one.id }]);
        await removed(app);
      }),
  );

  it('leave it where it was, with its data, when it does not come up there', () =>
    calmly(async () => {
      const rare = (await publish()).replace(testRegistry(), `127.0.0.1:${registry.port}`);
      const port = await installed('stays', rare);
      const data = (await dataOn(one, 'stays'))!;
      await registry.cut();
      try {
        await move('stays', two);
        expect((await over('stays')).info).toContain('failed and the app runs where it was');
      } finally {
        await registry.restore();
      }
      await untilCleared();
      expect(await expectWhole('stays', port, data)).toBe(one);
      expect(await names()).toEqual([lab.lab.containerName('stays')]);
      await removed('stays');
    }));

  it('leave a stopped app stopped, there as well as where it was', () =>
    calmly(async () => {
      const rare = (await publish()).replace(testRegistry(), `127.0.0.1:${registry.port}`);
      const port = await installed('rests', rare);
      const data = (await dataOn(one, 'rests'))!;
      expect((await http().post('/api/v1/apps/rests/stop', {})).status).toBe(200);
      const stopped = async (): Promise<AppInfo> => {
        await pollUntil('the move of rests to end', () => isOver('rests'), PATIENT);
        await untilCleared();
        const info = await lab.lab.info('rests');
        expect(info.phase).toBe('stopped');
        expect(await pageOf(await homeOf('rests'), port)).toBeNull();
        return info;
      };
      await registry.cut();
      try {
        await move('rests', two);
        expect((await stopped()).info).toContain('failed and the app is where it was, stopped');
      } finally {
        await registry.restore();
      }
      expect([await homeOf('rests'), await dataOn(one, 'rests')]).toEqual([one, data]);
      await move('rests', two);
      expect((await stopped()).info).toBe('Stopped');
      expect([await homeOf('rests'), await dataOn(two, 'rests')]).toEqual([two, data]);
      expect((await http().post('/api/v1/apps/rests/start', {})).status).toBe(200);
      expect(await expectWhole('rests', port, data)).toBe(two);
      await removed('rests');
    }));

  it('are refused with the reason, and while one is under way nothing else is done with the app', () =>
    calmly(async () => {
      const port = await installed('holds');
      const data = (await dataOn(one, 'holds'))!;
      const refusal = async (body: object): Promise<[number, string]> => {
        const answer = await http().post('/api/v1/apps/holds/move', body);
        return [answer.status, answer.body.msg as string];
      };
      const third = swarm.nodes[2]!.name;
      expect(await refusal({ node: third })).toEqual([409, expect.stringContaining('no server of this installation')]); // prettier-ignore
      expect(await refusal({ node: one.name })).toEqual([409, expect.stringContaining('already')]);
      expect((await refusal({ node: two.name, repository: 'nosuch' }))[0]).toBe(404);
      await move('holds', two);
      const busy = await Promise.all([
        http().post('/api/v1/apps/holds/stop', {}),
        http().post('/installApp', { appName: 'holds' }),
        http().post('/uninstallApp', { appName: 'holds', removeData: true }),
        lab.call('holds', 'POST'),
        http().post('/api/v1/apps/holds/move', { node: two.name }),
      ]);
      expect(busy.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409]);
      // Taken back by hand.
      await http().post('/api/v1/apps/holds/cancel', {});
      await over('holds');
      await untilCleared();
      expect(await expectWhole('holds', port, data)).toBe(one);
      await removed('holds');
    }));

  describe('whose worker is killed', () => {
    async function killed(place: 'old' | 'new', points: readonly number[]): Promise<void> {
      const [node, other] = place === 'old' ? [one, two] : [two, one];
      // None is the beginning of another one.
      const apps = points.map((point) => `${place}-${point}-end`);
      const ports = new Map<string, string>();
      const before = new Map<string, string>();
      await calmly(async () => {
        for (const app of apps) {
          ports.set(app, await installed(app));
          before.set(app, (await dataOn(one, app))!);
        }
      });
      let kills = 0;
      let moved = 0;
      const calm = worker(other);
      try {
        for (const [index, app] of apps.entries()) {
          const about = { CHAOS_INSTALLATION: await move(app, two), CHAOS_COUNT: 'swarm-move' };
          const doomed = worker(node, { ...about, CHAOS_KILL_AT: String(points[index]) });
          await pollUntil(`the worker of ${app} to die or to be done`, async () =>
            !doomed.isAlive || (await isOver(app)), PATIENT); // prettier-ignore
          if (doomed.isAlive) await doomed.stop();
          if ((await doomed.ended()) === 'SIGKILL') kills += 1;
          const rescuer = worker(node, about);
          await over(app);
          await untilCleared();
          if ((await expectWhole(app, ports.get(app) ?? '', before.get(app) ?? '')) === two) moved += 1; // prettier-ignore
          await rescuer.stop();
        }
      } finally {
        await calm.stop();
      }
      process.stderr.write(
        `[chaos] move of data, worker of the ${place} home: ${kills} of ${points.length} killed, ${moved} moved, ${points.length - moved} returned\n`,
      );
      expect(await names()).toEqual(apps.map((app) => lab.lab.containerName(app)).sort());
      expect(kills).toBeGreaterThanOrEqual(points.length - 1);
      await calmly(() => removed(...apps));
    }

    it(
      'have it in one place, whole and running, after each kill at the old home',
      () => killed('old', SAVING_POINTS),
      1_200_000,
    );

    it(
      'have it in one place, whole and running, after each kill at the new home',
      () => killed('new', RESTORING_POINTS),
      1_200_000,
    );
  });

  it('come back from a home that is lost in the middle, which removes what it has when it is back', async () => {
    let port = '';
    await calmly(async () => {
      port = await installed('lost');
    });
    const data = (await dataOn(one, 'lost'))!;
    const calm = worker(one);
    try {
      const about = { CHAOS_INSTALLATION: await move('lost', two), CHAOS_COUNT: 'swarm-move' };
      const doomed = worker(two, { ...about, CHAOS_KILL_AT: '2' });
      expect(await doomed.ended()).toBe('SIGKILL');
      expect(await dataOn(two, 'lost')).not.toBeNull();
      expect((await over('lost')).info).toContain('did not go on');
      expect([await homeOf('lost'), await dataOn(one, 'lost')]).toEqual([one, data]);
      const back = worker(two);
      await untilCleared();
      await back.stop();
      expect(await expectWhole('lost', port, data)).toBe(one);
      await removed('lost');
    } finally {
      await calm.stop();
    }
  });
});
