import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { ApiProcess } from '../support/api-process';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import type { HttpClient } from '../support/http-client';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { copyOfServer } from '../support/swarm/copy-of-server';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(240_000);

const PATIENT = { deadlineMs: 60_000 };

describe('servers on two managers of a Swarm', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let redis: TcpProxy;
  let secondFolder: string;
  let second: ApiProcess;
  let image: string;
  beforeAll(async () => {
    swarm = await SwarmLab.start(3, [], 3);
    const target = new URL(process.env['TEST_REDIS_URL'] ?? '');
    redis = await TcpProxy.before(target.hostname, Number(target.port));
    const throughProxy = Object.assign(new URL(target), { hostname: '127.0.0.1', port: String(redis.port) }).href; // prettier-ignore
    const { host, docker } = swarm.manager;
    const settings = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host, REDIS_URL: throughProxy }; // prettier-ignore
    lab = await AppLab.start(settings, docker);
    secondFolder = await copyOfServer(lab);
    second = await startSecond();
    image = await publishStandIn(`two-${randomBytes(5).toString('hex')}:1`, { listen: [8080] });
    for (const name of ['one', 'other', 'third'])
      await lab.writeApp(
        name,
        `
services:
  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }
volumes: { data: }
`,
      );
  });
  afterAll(async () => {
    await second?.kill('SIGTERM');
    await redis?.restore();
    await lab?.close();
    await redis?.cut();
    await swarm?.destroy();
    if (secondFolder) await rm(secondFolder, { recursive: true, force: true });
  });

  const [firstNode, secondNode] = [() => swarm.nodes[0]!, () => swarm.nodes[1]!];
  const startSecond = (): Promise<ApiProcess> =>
    ApiProcess.start(
      { ...lab.installation.environment, REDIS_URL: process.env['TEST_REDIS_URL'], DOCKER_HOST: secondNode().host, DATA_DIR: secondFolder }, // prettier-ignore
      { role: 'all' },
    );
  const first = (): HttpClient => lab.admin.http.with({ 'accept-language': 'en' });
  const atSecond = (): HttpClient => first().at(second.http.url);
  const volumesOf = async ({ docker }: SwarmNode): Promise<string[]> =>
    (await docker.listVolumes()).Volumes.map(({ Name }) => Name).filter((name) =>
      name.startsWith(lab.prefix),
    );
  const homeOf = async (appName: string): Promise<string> => {
    const [row] = await lab.server.dataSource.query(
      'SELECT home FROM app_installations WHERE activeApp = ?',
      [appName],
    );
    return row.home as string;
  };
  const uninstalled = async (client: HttpClient, appName: string, removeData = true) => {
    const { status, body } = await client.post('/uninstallApp', { appName, removeData });
    expect([status, body.message]).toEqual([200, `${appName}: uninstalled`]);
  };

  it('change the apps of each other, and each keeps its own data', async () => {
    expect((await atSecond().post('/installApp', { appName: 'one' })).status).toBe(200);
    await lab.settled('one', '1');
    expect(await homeOf('one')).toBe(secondNode().id);
    expect([await volumesOf(firstNode()), await volumesOf(secondNode())]).toEqual([
      [],
      [`${lab.prefix}one_data`],
    ]);

    const plan = (await first().get('/api/v1/apps/one/uninstallPlan')).body.data;
    expect(plan).toMatchObject({ volumes: [{ name: `${lab.prefix}one_data` }] });
    for (const [verb, status] of [
      ['stop', '0'],
      ['start', '1'],
      ['restart', '1'],
    ] as const) {
      // prettier-ignore
      const answer = await first().post(`/api/v1/apps/one/${verb}`, {});
      expect([verb, answer.status]).toEqual([verb, 200]);
      await lab.settled('one', status);
    }
    // As if it had been asked itself: with the name and the address of the client, and its language.
    const events = await lab.server.dataSource.query(
      `SELECT action, address FROM audit_events WHERE targetId = 'one' ORDER BY id`,
    );
    expect(events).toContainEqual({ action: 'app.stopped', address: '127.0.0.1' });
    const busy = await first().with({ 'accept-language': 'zh' }).post('/installApp', { appName: 'one' }); // prettier-ignore
    expect([busy.status, busy.body.message]).toEqual([409, expect.stringContaining('已安装')]);

    await uninstalled(first(), 'one');
    expect(await volumesOf(secondNode())).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('install where the request says, and where the data of before are', async () => {
    const node = secondNode().name;
    const planned = (await first().get(`/api/v1/apps/one/plan?node=${node}`)).body.data;
    expect(JSON.stringify(planned)).toContain(node);
    expect((await first().post('/installApp', { appName: 'one', node })).status).toBe(200);
    await lab.settled('one', '1');
    expect(await homeOf('one')).toBe(secondNode().id);
    await uninstalled(first(), 'one', false);

    const elsewhere = await first().post('/installApp', { appName: 'one', node: firstNode().name });
    expect([elsewhere.status, elsewhere.body.message]).toEqual([
      409,
      expect.stringContaining(`The data of the former one is still on the node ${node}`),
    ]);
    expect((await first().post('/installApp', { appName: 'one' })).status).toBe(200);
    await lab.settled('one', '1');
    expect(await homeOf('one')).toBe(secondNode().id);
    await uninstalled(atSecond(), 'one');

    // Nothing is left there any more.
    expect((await atSecond().post('/installApp', { appName: 'one', node: firstNode().id })).status).toBe(200); // prettier-ignore
    await lab.settled('one', '1');
    expect(await homeOf('one')).toBe(firstNode().id);
    await uninstalled(atSecond(), 'one');
  });

  it('refuse with the reason what the other one has to do while that is away, and do all else', async () => {
    expect((await first().post('/installApp', { appName: 'one', node: secondNode().id })).status).toBe(200); // prettier-ignore
    expect((await first().post('/installApp', { appName: 'other' })).status).toBe(200);
    await Promise.all([lab.settled('one', '1'), lab.settled('other', '1')]);
    await second.kill('SIGKILL');
    try {
      const refused = await pollUntil('the server to be missed', async () => {
        const answer = await first().post('/api/v1/apps/one/stop', {});
        return answer.status === 503 && /belongs to the node/.test(answer.body.msg) && answer;
      }, PATIENT); // prettier-ignore
      expect(refused.body.msg).toContain(`The app one belongs to the node ${secondNode().name}, whose server does not answer`); // prettier-ignore
      expect(await lab.info('one')).toMatchObject({ status: '1' });
      for (const verb of ['stop', 'start'])
        expect((await first().post(`/api/v1/apps/other/${verb}`, {})).status).toBe(200);
      const drift = (await first().get('/api/v1/apps/drift')).body.data;
      expect(drift).toEqual([
        expect.objectContaining({ kind: 'node-without-answer', subject: secondNode().name }),
      ]);
      const all = await first().post('/uninstallAllApp', { removeData: true });
      expect([all.status, JSON.stringify(all.body)]).toEqual([409, expect.stringContaining('belongs to the node')]); // prettier-ignore
      expect(await homeOf('one')).toBe(secondNode().id);
    } finally {
      second = await startSecond();
    }
    await pollUntil('the other one to be back', async () => {
      return (await first().post('/api/v1/apps/one/restart', {})).status === 200;
    }, PATIENT); // prettier-ignore
    expect((await first().get('/api/v1/apps/drift')).body.data).toEqual([]);
    expect((await first().post('/uninstallAllApp', { removeData: true })).status).toBe(200);
    expect([await volumesOf(firstNode()), await volumesOf(secondNode())]).toEqual([[], []]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('say so where Redis is away, and believe no client that says where it comes from', async () => {
    expect((await atSecond().post('/installApp', { appName: 'one' })).status).toBe(200);
    await lab.settled('one', '1');
    const forged = first().with({ 'x-stackscape-passed': 'true', 'x-stackscape-free': 'true' });
    expect((await forged.post('/api/v1/apps/one/restart', {})).status).toBe(200);
    await redis.cut();
    try {
      const { status, body } = await first().post('/api/v1/apps/one/stop', {});
      expect([status, body.msg]).toEqual([503, expect.stringContaining('Redis does not answer')]);
    } finally {
      await redis.restore();
    }
    await pollUntil('Redis to be back', async () => {
      return (await first().post('/api/v1/apps/one/stop', {})).status === 200;
    }, PATIENT); // prettier-ignore
    await uninstalled(first(), 'one');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
