import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DriftFinding } from '../../src/apps/drift/drift-finding';
import { DriftService } from '../../src/apps/drift/drift.service';
import { startServer } from '../../src/bootstrap';
import { loadSettings, type Environment } from '../../src/platform/config/load-settings';
import { OperatorError } from '../../src/platform/errors/operator-error';
import { ApiProcess } from '../support/api-process';
import { AppLab } from '../support/factories/app-lab';
import type { HttpClient } from '../support/http-client';
import { pollUntil } from '../support/poll-until';
import { publishStandIn, type StandInBehaviour } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(300_000);

const PATIENT = { deadlineMs: 120_000 };
const root = join(__dirname, '..', '..');

interface Finding {
  readonly kind: string;
  readonly appName: string;
}

interface Row {
  readonly appName: string;
  readonly home: string;
  readonly state: string;
  readonly attempts: number;
  readonly runToken: string | null;
  readonly isOver: number;
}

describe('servers on two managers of a Swarm', () => {
  let swarm: SwarmLab;
  /** On the first manager, in this process. */
  let lab: AppLab;
  let second: SwarmNode;
  let third: SwarmNode;
  let folder: string;
  let there: Environment;
  /** On the second manager. */
  let api: ApiProcess;
  let worker: ApiProcess;
  /** What the worker answered to a call about apps while its node was no home. */
  let early: number;
  beforeAll(async () => {
    swarm = await SwarmLab.start(3, [], 3);
    const { host, docker } = swarm.manager;
    [, second, third] = swarm.nodes as [SwarmNode, SwarmNode, SwarmNode];
    lab = await AppLab.start({ ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host }, docker); // prettier-ignore
    folder = await mkdtemp(join(tmpdir(), 'stackscape-second-'));
    there = await environmentOf('second', second);
    // A worker without the label of a home, before there is a server that would make it one.
    worker = await ApiProcess.start(there, { role: 'worker' });
    early = await statusOf(worker);
    api = await ApiProcess.start(there);
  });
  afterAll(async () => {
    await api?.kill('SIGKILL');
    await worker?.kill('SIGKILL');
    await lab?.close();
    await swarm?.destroy();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** A data folder of its own, with the same secrets. */
  const environmentOf = async (name: string, { host }: SwarmNode): Promise<Environment> => {
    const { environment } = lab.installation;
    const dataDir = join(folder, name);
    await cp(join(environment['DATA_DIR'] ?? '', 'secrets'), join(dataDir, 'secrets'), { recursive: true }); // prettier-ignore
    return { ...environment, DATA_DIR: dataDir, DOCKER_HOST: host };
  };
  const statusOf = async ({ http }: ApiProcess): Promise<number> =>
    (await http.get('/api/v1/apps/drift').catch(() => ({ status: 0 }))).status;
  const startThere = async (): Promise<void> => {
    api = await ApiProcess.start(there);
    // Without the label of a home it has to see that a server is there.
    worker = await ApiProcess.start(there, { role: 'worker' });
  };
  const here = (): HttpClient => lab.admin.http.with({ 'accept-language': 'en' });
  const away = (process = api): HttpClient =>
    process.http.as(lab.admin.accessToken).with({ 'accept-language': 'en' });
  const query = <T>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
    lab.server.dataSource.query<T[]>(sql, [...values]);
  const rows = (): Promise<Row[]> =>
    query(
      `SELECT appName, home, state, attempts, runToken, leaseUntil < UTC_TIMESTAMP(3) AS isOver
       FROM app_installations WHERE activeApp IS NOT NULL ORDER BY appName`,
    );
  const rowOf = async (name: string): Promise<Row> =>
    (await rows()).find(({ appName }) => appName === name)!;
  const leases = (): Promise<object[]> =>
    query('SELECT installationId, port FROM app_port_leases ORDER BY port');
  const writeApp = async (name: string, behaviour: StandInBehaviour = {}): Promise<void> => {
    const image = await publishStandIn(`homes-${randomBytes(5).toString('hex')}:1`, { listen: [8080], ...behaviour }); // prettier-ignore
    await lab.writeApp(name, `services:\n  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }\nvolumes: { data: }\n`); // prettier-ignore
    for (const http of [here(), away()])
      expect((await http.post('/api/v1/catalogue/reload', {})).status).toBe(200);
  };
  const install = async (http: HttpClient, appName: string): Promise<void> => {
    const { status, body } = await http.post('/installApp', { appName });
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  const runs = (name: string, http = here()): Promise<{ port: string }> =>
    pollUntil(`${name} to run`, async () => {
      const { data } = (await http.post('/getAppInfo', { appName: name })).body;
      if (data.phase === 'failed') throw new Error(JSON.stringify(data));
      return data.status === '1' && (data as { port: string });
    }, PATIENT); // prettier-ignore
  /** As the first server sees it, and what it hears from the others. */
  const ownDrift = (): Promise<DriftFinding[]> => lab.server.app.get(DriftService).report();
  const drift = async (http: HttpClient): Promise<Finding[]> => {
    const { status, body } = await http.get('/api/v1/apps/drift');
    expect(status).toBe(200);
    return body.data as Finding[];
  };
  const repair = async (http: HttpClient): Promise<Finding[]> => {
    const { status, body } = await http.post('/api/v1/apps/drift/repair');
    expect(status).toBe(200);
    return body.data as Finding[];
  };
  const volumesOn = async ({ docker }: SwarmNode): Promise<string[]> =>
    (await docker.listVolumes()).Volumes.map(({ Name }) => Name).filter((name) =>
      name.startsWith(lab.prefix),
    );
  const placeOf = async (name: string): Promise<readonly string[]> => {
    const services = await swarm.manager.docker.listServices();
    const service = services.find(({ Spec }) => Spec?.Name === lab.containerName(name));
    return (service?.Spec as { TaskTemplate: { Placement: { Constraints: string[] } } }).TaskTemplate.Placement.Constraints; // prettier-ignore
  };
  const removeServices = async (name: string): Promise<void> => {
    const { docker } = swarm.manager;
    for (const { ID, Spec } of await docker.listServices())
      if (Spec?.Name === lab.containerName(name)) await docker.getService(ID).remove();
  };

  it('belong to one database, which belongs to the Swarm; each is a home of apps', async () => {
    const { ID } = (await swarm.manager.docker.swarmInspect()) as unknown as { ID: string };
    expect(await query('SELECT engineId FROM system_state')).toEqual([{ engineId: ID }]);
    const homes = await query<{ nodeId: string; name: string }>('SELECT nodeId, name FROM app_homes'); // prettier-ignore
    const byId = (one: { nodeId: string }, other: { nodeId: string }): number =>
      one.nodeId < other.nodeId ? -1 : 1;
    expect(homes.sort(byId)).toEqual(
      [swarm.manager, second].map(({ id, name }) => ({ nodeId: id, name })).sort(byId),
    );
    for (const http of [here(), away()]) {
      const nodes = (await http.get('/api/v1/nodes')).body.data as { id: string; home: boolean }[];
      const marked = nodes.filter(({ home }) => home).map(({ id }) => id);
      expect(marked.sort()).toEqual([swarm.manager.id, second.id].sort());
    }
  });

  it('are joined by a worker that was there before them', async () => {
    expect(early).toBe(404);
    await pollUntil('the worker to know of apps', async () => (await statusOf(worker)) === 401, PATIENT); // prettier-ignore
  });

  it('need the same secrets', async () => {
    const environment = await environmentOf('stranger', third);
    await rm(join(environment['DATA_DIR'] ?? '', 'secrets', 'app-secrets.key'));
    const before = await query('SELECT * FROM app_homes ORDER BY nodeId');
    const refusal: unknown = await startServer(loadSettings({ ...environment, PORT: '0' })).catch((e: unknown) => e); // prettier-ignore
    expect(refusal).toBeInstanceOf(OperatorError);
    for (const text of Object.values((refusal as OperatorError).text))
      expect(text).toContain('app-secrets.key');
    expect(await query('SELECT * FROM app_homes ORDER BY nodeId')).toEqual(before);
  });

  it('end with other secrets as soon as their engine answers', async () => {
    const environment = await environmentOf('late', third);
    await rm(join(environment['DATA_DIR'] ?? '', 'secrets', 'app-secrets.key'));
    const socket = join(folder, 'engine.sock');
    const before = await query('SELECT * FROM app_homes ORDER BY nodeId');
    const late = await ApiProcess.start({ ...environment, DOCKER_HOST: `unix://${socket}` });
    try {
      expect((await late.http.get('/health/live')).status).toBe(200);
      await symlink(third.host.replace('unix://', ''), socket);
      expect(await late.ended()).toBe(1);
    } finally {
      await late.kill('SIGKILL');
    }
    expect(await query('SELECT * FROM app_homes ORDER BY nodeId')).toEqual(before);
  });

  it('install apps with their data at their own node, and know the apps of each other', async () => {
    await writeApp('one');
    await writeApp('two');
    await Promise.all([install(here(), 'one'), install(away(), 'two')]);
    const [{ port: ofOne }, { port: ofTwo }] = await Promise.all([runs('one'), runs('two')]);
    expect(await rows()).toMatchObject([
      { appName: 'one', home: swarm.manager.id, state: 'installed' },
      { appName: 'two', home: second.id, state: 'installed' },
    ]);
    expect(await placeOf('one')).toContain(`node.id==${swarm.manager.id}`);
    expect(await placeOf('two')).toContain(`node.id==${second.id}`);
    expect(await volumesOn(swarm.manager)).toEqual([expect.stringContaining('one')]);
    expect(await volumesOn(second)).toEqual([expect.stringContaining('two')]);
    for (const [node, port] of [
      [swarm.manager, ofOne],
      [second, ofTwo],
    ] as const)
      // prettier-ignore
      expect((await fetch(`http://${node.address}:${port}/`)).ok).toBe(true);
    for (const http of [here(), away()]) {
      const { data } = (await http.post('/getAllAppInfo', {})).body;
      const found = JSON.parse(JSON.stringify(data)) as { appName: string; status: string }[];
      expect(found.map(({ appName, status }) => [appName, status]).sort()).toEqual([
        ['one', '1'],
        ['two', '1'],
      ]);
    }
  });

  it('leave the work of the other one alone, also while nobody is there', async () => {
    await writeApp('slow', { listenAfterSeconds: 10 });
    await writeApp('quick');
    await install(away(), 'slow');
    await pollUntil('the worker there to install', async () => (await rowOf('slow')).state === 'installing', PATIENT); // prettier-ignore
    await Promise.all([api.kill('SIGKILL'), worker.kill('SIGKILL')]);
    const left = await pollUntil('the lease to run out', async () => {
      const row = await rowOf('slow');
      return row.isOver === 1 && row;
    }, PATIENT); // prettier-ignore
    expect(left).toMatchObject({ state: 'installing', home: second.id });
    // The one that is there has work of its own, and ends it.
    await install(here(), 'quick');
    await runs('quick');
    expect((await here().post('/uninstallApp', { appName: 'quick', removeData: true })).status).toBe(200); // prettier-ignore
    expect(await rowOf('slow')).toEqual(left);
    await startThere();
    await runs('slow');
    expect(await rowOf('slow')).toMatchObject({ state: 'installed', home: second.id });
    expect(await volumesOn(swarm.manager)).toEqual([expect.stringContaining('one')]);
    expect((await away().post('/uninstallApp', { appName: 'slow', removeData: true })).status).toBe(200); // prettier-ignore
  });

  it('report and repair what differs at their own node only', async () => {
    const clean = async (): Promise<boolean> => (await drift(here())).length === 0;
    await pollUntil('the second server to be heard', clean, PATIENT);
    await removeServices('two');
    expect(await ownDrift()).toEqual([]);
    expect(await lab.server.app.get(DriftService).repairAll()).toEqual([]);
    const found = { kind: 'app-without-containers', appName: 'two' };
    for (const http of [here(), away()]) expect(await drift(http)).toMatchObject([found]);
    expect(await repair(away())).toMatchObject([{ ...found, done: true }]);
    await runs('two');
    expect(await drift(away())).toEqual([]);
  });

  it('never take an app of the other one for removed by hand', async () => {
    await Promise.all([api.kill('SIGTERM'), worker.kill('SIGTERM')]);
    await removeServices('two');
    const before = [await rows(), await leases()];
    expect((await here().post('/installApp', { appName: 'two' })).status).toBe(409);
    const late = await ApiProcess.start(await environmentOf('third', third), { role: 'all' });
    try {
      expect((await away(late).post('/getAppInfo', { appName: 'one' })).body.data.status).toBe('1');
      expect((await away(late).post('/installApp', { appName: 'two' })).status).toBe(409);
      expect((await repair(away(late))).map(({ kind }) => kind)).toEqual(['node-without-answer']);
    } finally {
      await late.kill('SIGTERM');
    }
    expect([await rows(), await leases()]).toEqual(before);
    await startThere();
    expect(await repair(away())).toContainEqual(
      expect.objectContaining({ appName: 'two', done: true }),
    );
    await runs('two');
  });

  it('take the apps over of a home that the Swarm has no more, when the operator says so', async () => {
    const adopt = async (): Promise<string> => {
      const register = join(root, 'test', 'chaos', 'register.js');
      const file = join(root, 'src', 'commands', 'admin.ts');
      const env = { PATH: process.env['PATH'], ...lab.installation.environment };
      const { stdout } = await promisify(execFile)(process.execPath, ['-r', register, file, 'adopt-engine'], { cwd: root, env }); // prettier-ignore
      return stdout;
    };
    expect(await adopt()).toContain('already');
    await Promise.all([api.kill('SIGKILL'), worker.kill('SIGKILL')]);
    await second.kill();
    const { docker } = swarm.manager;
    await pollUntil('the Swarm to give the node up', async () => {
      const node = docker.getNode(second.id);
      const { Version, Spec } = (await node.inspect()) as { Version: { Index: number }; Spec: object }; // prettier-ignore
      await node.update({ version: Version.Index, ...Spec, Role: 'worker' }).catch(() => undefined);
      return node.remove({ force: true }).then(() => true, () => false);
    }, PATIENT); // prettier-ignore
    expect(await adopt()).toMatch(/two/);
    expect(await rows()).toMatchObject([
      { appName: 'one', home: swarm.manager.id },
      { appName: 'two', home: swarm.manager.id },
    ]);
    const homes = await query<{ nodeId: string }>('SELECT nodeId FROM app_homes');
    expect(homes.map(({ nodeId }) => nodeId)).not.toContain(second.id);
    for (const appName of ['one', 'two'])
      expect((await here().post('/uninstallApp', { appName, removeData: true })).status).toBe(200);
    expect([await rows(), await leases()]).toEqual([[], []]);
  });
});
