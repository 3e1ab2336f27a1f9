import { randomBytes } from 'node:crypto';
import { ApiProcess } from '../support/api-process';
import { CommandLine } from '../support/command-line';
import { submit, untilEnded } from '../support/factories/compute';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { buildStandIn, publishStandIn } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(240_000);

const PATIENT = { deadlineMs: 60_000 };

interface Risk {
  readonly id: string;
  readonly code: string;
  readonly subject: string;
  readonly acknowledged: object | null;
}

describe('worker processes on the nodes of a Swarm', () => {
  let swarm: SwarmLab;
  let redis: TcpProxy;
  let lab: AppLab;
  /** Of the manager, which works on installs, and of the second node. */
  let atHome: ApiProcess;
  let away: ApiProcess;
  beforeAll(async () => {
    swarm = await SwarmLab.start(3);
    const target = new URL(process.env['TEST_REDIS_URL'] ?? '');
    redis = await TcpProxy.before(target.hostname, Number(target.port));
    const { host, docker } = swarm.manager;
    lab = await AppLab.start(
      {
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: host,
        ROLE: 'api',
        REDIS_URL: Object.assign(target, { hostname: '127.0.0.1', port: String(redis.port) }).href,
      },
      docker,
    );
    [atHome, away] = await Promise.all([startWorker(swarm.manager), startWorker(swarm.nodes[1]!)]);
  });
  afterAll(async () => {
    away?.thaw();
    await atHome?.kill('SIGTERM');
    await away?.kill('SIGTERM');
    await redis?.restore();
    await lab?.close();
    await redis?.cut();
    await swarm?.destroy();
  });

  const startWorker = ({ host }: SwarmNode): Promise<ApiProcess> =>
    ApiProcess.start({ ...lab.installation.environment, DOCKER_HOST: host }, { role: 'worker' });
  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const stateOf = (node: string) => http().get(`/searchServer?node=${node}`);
  const untilHeard = (node: string) =>
    pollUntil('the worker to be heard', async () => (await stateOf(node)).status === 200, PATIENT);
  const refusal = async (node: string): Promise<[number, number, string]> => {
    const { status, body } = await stateOf(node);
    return [status, body.error as number, body.message as string];
  };

  it('tell of their machine: figures, containers and risks', async () => {
    const [manager, second] = swarm.nodes as [SwarmNode, SwarmNode];
    const image = `risky-${randomBytes(5).toString('hex')}:1`;
    await buildStandIn(image, {}, second.docker);
    const risky = await second.docker.createContainer({ name: 'risky', Image: image, HostConfig: { PidMode: 'host', NetworkMode: 'none' } }); // prettier-ignore
    await risky.start();
    try {
      const own = (await http().get('/searchServer')).body.data;
      expect(own.node).toEqual({ id: manager.id, name: manager.name });
      for (const ref of [manager.id, manager.name])
        expect((await stateOf(ref)).body.data.node).toEqual(own.node);
      await untilHeard(second.id);
      const state = await pollUntil('the container to be counted', async () => {
        const { data } = (await stateOf(second.name)).body;
        return data.docker.usage.some(({ name }: { name: string }) => name === 'risky') && data;
      }, PATIENT); // prettier-ignore
      expect(state).toMatchObject({ node: { id: second.id, name: second.name }, cpu: expect.stringMatching(/^\d+%$/), docker: { state: 'up', running: 1, containers: 1 } }); // prettier-ignore
      expect((await http().post('/searchServer', { node: second.id })).body.data.node).toEqual(
        state.node,
      );

      const path = '/api/v1/server/risks';
      const risks = (await http().post(`${path}/scan?node=${second.name}`)).body.data as Risk[];
      const found = risks.find(({ code }) => code === 'host-namespace')!;
      expect(found).toMatchObject({ subject: 'risky', acknowledged: null });
      const codes = risks.map(({ code }) => code);
      const ofManager = (await http().get(path)).body.data as Risk[];
      // What is set for the server is no risk of another node.
      expect(codes).not.toContain('apps-on-all-addresses');
      const codesOfManager = ofManager.map(({ code }) => code);
      expect(codesOfManager).toContain('apps-on-all-addresses');
      expect(codesOfManager).not.toContain('host-namespace');
      const accept = { reason: 'for a test' };
      expect((await http().post(`${path}/${found.id}/acknowledge`, accept)).status).toBe(404);
      expect((await http().post(`${path}/${found.id}/acknowledge?node=${second.id}`, accept)).status).toBe(200); // prettier-ignore
      const later = (await http().get(`${path}?node=${second.id}`)).body.data as Risk[];
      expect(later.find(({ id }) => id === found.id)!.acknowledged).not.toBeNull();
      const shown = (await stateOf(second.id)).body.data.risks as Risk[];
      expect(shown.map(({ id }) => id)).not.toContain(found.id);
    } finally {
      await risky.remove({ force: true });
      await second.docker.getImage(image).remove({ force: true });
    }
  });

  it('measure the containers of apps there; logs come through the manager', async () => {
    const second = swarm.nodes[1]!;
    const image = await publishStandIn(`far-${randomBytes(5).toString('hex')}:1`, { listen: [8080], prints: ['far away'] }); // prettier-ignore
    await lab.writeApp('far', `services:\n  web: { image: "${image}", restart: always, ports: ["9001:8080"] }\n`); // prettier-ignore
    await untilHeard(second.id);
    const plan = (await http().get(`/api/v1/apps/far/plan?node=${second.id}`)).body.data;
    const { message } = plan.checks.find(({ code }: { code: string }) => code === 'placement');
    const room = `free now: ${second.name} [\\d.]+ GiB memory and [\\d.]+ GiB disk$`;
    expect(message).toMatch(new RegExp(room));
    expect((await lab.install('far', { node: second.id })).status).toBe(200);
    await lab.settled('far', '1', 90_000);
    const stats = await http().get('/api/v1/apps/far/stats');
    expect(stats.body.data).toEqual([
      expect.objectContaining({ service: 'web', memory: expect.any(Number), processes: expect.any(Number) }), // prettier-ignore
    ]);
    expect(stats.body.data[0].processes).toBeGreaterThan(0);
    expect(JSON.stringify((await http().get('/api/v1/apps/far/logs')).body)).toContain('far away');
    expect((await lab.uninstall('far')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('remove the stopped containers there of apps that are gone, and no others', async () => {
    const second = swarm.nodes[1]!;
    const image = await publishStandIn(`left-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
    const compose = `services:\n  web: { image: "${image}", restart: always, ports: ["9001:8080"] }\n`;
    for (const app of ['went', 'stays']) await lab.writeApp(app, compose);
    const [went, stays] = [await lab.installed('went'), await lab.installed('stays')];
    expect((await lab.uninstall('went')).status).toBe(200);
    // What a node keeps that was without power while the app was removed.
    const local = `left-${randomBytes(5).toString('hex')}:1`;
    await buildStandIn(local, {}, second.docker);
    const make = async (name: string, installation: string, labels: object): Promise<void> => {
      const Labels = { 'io.stackscape.installation': installation, ...labels };
      await second.docker.createContainer({ name: `${lab.prefix}${name}`, Image: local, Labels });
    };
    const ofSwarm = { 'com.docker.swarm.task.id': 'a-task' };
    await make('by-hand', went.jobId, {});
    await make('of-another-database', '00000000-0000-4000-8000-000000000000', ofSwarm);
    await make('of-an-app', stays.jobId, ofSwarm);
    await make('left', went.jobId, ofSwarm);
    const left = async (): Promise<string[]> =>
      (await second.docker.listContainers({ all: true }))
        .map(({ Names: [name = ''] }) => name.slice(lab.prefix.length + 1))
        .filter((name) => ['by-hand', 'of-another-database', 'of-an-app', 'left'].includes(name));
    try {
      await pollUntil('the container to go', async () => !(await left()).includes('left'), PATIENT);
      expect((await left()).sort()).toEqual(['by-hand', 'of-an-app', 'of-another-database']);
    } finally {
      for (const name of await left())
        await second.docker.getContainer(`${lab.prefix}${name}`).remove({ force: true });
      await lab.uninstall('stays');
    }
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('are missed with a reason where there is none, it is silent, or Redis is away', async () => {
    const [manager, second, third] = swarm.nodes as [SwarmNode, SwarmNode, SwarmNode];
    expect(await refusal('worker-9')).toEqual([404, 30000, expect.stringContaining('no node worker-9')]); // prettier-ignore
    const none = `No worker process answers on the node ${third.name}`;
    expect(await refusal(third.id)).toEqual([503, 50000, expect.stringContaining(none)]);
    await untilHeard(second.id);
    away.freeze();
    const silent = `The worker process on the node ${second.name} did not answer within 5 s`;
    expect(await refusal(second.id)).toEqual([503, 50000, expect.stringContaining(silent)]);
    const gone = `No worker process answers on the node ${second.name}`;
    await pollUntil('the silent one to count as gone', async () => (await refusal(second.id))[2].startsWith(gone), PATIENT); // prettier-ignore
    away.thaw();
    await untilHeard(second.id);

    await redis.cut();
    try {
      expect(await refusal(second.id)).toEqual([503, 50000, expect.stringContaining('Redis does not answer')]); // prettier-ignore
      for (const path of ['/searchServer', `/searchServer?node=${manager.id}`])
        expect((await http().get(path)).body.data.node.id).toBe(manager.id);
    } finally {
      await redis.restore();
    }
    await untilHeard(second.id);
  });

  it('compute too, and do nothing for apps', async () => {
    await atHome.kill('SIGTERM');
    try {
      const { result } = await untilEnded(lab.admin, await submit(lab.admin));
      expect(result?.probability).toBeCloseTo(0.789, 3);
      await lab.writeApp('waits', 'services:\n  web: { image: "nothing:1" }\n');
      expect((await lab.install('waits')).status).toBe(200);
      const second = swarm.nodes[1]!;
      expect((await away.http.get('/health/ready')).status).toBe(200);
      await untilHeard(second.id);
      expect(await lab.info('waits')).toMatchObject({ status: '0', phase: 'queued' });
    } finally {
      atHome = await startWorker(swarm.manager);
    }
    await pollUntil('the worker at home to take it', async () => (await lab.info('waits')).phase !== 'queued', PATIENT); // prettier-ignore
    await lab.ended('waits', 60_000);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('are asked by the command line', async () => {
    const shell = new CommandLine(lab.server.url);
    const second = swarm.nodes[1]!;
    try {
      const account = lab.admin.name;
      await shell.run(['login', '--user', account, '--password-stdin'], `password of ${account}`);
      expect((await shell.run(['server', 'status', '--node', second.name])).stdout).toContain(second.name); // prettier-ignore
      expect(await shell.run(['server', 'risks', '--node', second.id])).toMatchObject({
        status: 0,
      });
      expect(await shell.run(['server', 'status', '--node', 'worker-9'])).toMatchObject({ status: 5 }); // prettier-ignore
    } finally {
      shell.remove();
    }
  });
});
