import { randomBytes } from 'node:crypto';
import { submit, untilEnded } from '../support/factories/compute';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import type { HttpAnswer } from '../support/http-client';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(600_000);

const PATIENT = { deadlineMs: 180_000 };
const CAUSE = 'The Swarm has no majority of its managers';

// Two managers, of which one dies; three, of which two do.
describe.each([2, 3])('a Swarm of %i managers that has lost its majority', (size) => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let lost: SwarmNode[];
  beforeAll(async () => {
    swarm = await SwarmLab.start(size, [], size);
    const { host, docker } = swarm.manager;
    lab = await AppLab.start({ ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host }, docker); // prettier-ignore
    lost = swarm.nodes.slice(1);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const writeApp = async (name: string): Promise<void> => {
    const image = await publishStandIn(`majority-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
    await lab.writeApp(name, `services:\n  web: { image: "${image}", restart: always, ports: ["9001:8080"], volumes: ["data:/data"] }\nvolumes: { data: }\n`); // prettier-ignore
  };
  const rows = (): Promise<unknown> =>
    lab.server.dataSource.query('SELECT * FROM app_installations ORDER BY id');
  const expectRefused = ({ status, body }: HttpAnswer): void => {
    expect([status, body.error ?? body.code, JSON.stringify(body)]).toEqual([
      503,
      50000,
      expect.stringContaining(CAUSE),
    ]);
  };

  it('refuses changes with the cause, goes on with what it reads, and works again by itself', async () => {
    await writeApp('steady');
    await writeApp('later');
    expect((await lab.install('steady')).status).toBe(200);
    const { port } = await lab.settled('steady', '1', PATIENT.deadlineMs);
    const page = (): Promise<boolean> =>
      fetch(`http://${swarm.manager.address}:${port}/`, {
        signal: AbortSignal.timeout(5_000),
      }).then(
        ({ ok }) => ok,
        () => false,
      );

    await Promise.all(lost.map((node) => node.kill()));
    const unknown = await pollUntil('the state of the app to be unknown', async () => {
      const { status, body } = await http().post('/getAppInfo', { appName: 'steady' });
      return status === 200 && body.data.phase === 'unknown' && body.data;
    }, PATIENT); // prettier-ignore
    expect(unknown).toMatchObject({ status: '2', cause: 'swarm-without-majority', port });
    expect(unknown.info).toContain('no majority');

    const before = await rows();
    expectRefused(await http().post('/installApp', { appName: 'later' }));
    expectRefused(await http().post('/uninstallApp', { appName: 'steady', removeData: true }));
    for (const action of ['stop', 'start', 'restart'])
      expectRefused(await http().post(`/api/v1/apps/steady/${action}`, {}));
    expectRefused(await http().post(`/api/v1/nodes/${swarm.manager.id}/drain`));
    expectRefused(await http().send('PUT', `/api/v1/nodes/${lost[0]!.id}/labels`, { labels: { zone: 'b' } })); // prettier-ignore
    expect(await rows()).toEqual(before);
    // The Swarm itself does not say what it has now.
    expect(await lab.server.dataSource.query('SELECT port FROM app_port_leases')).toHaveLength(1);

    for (const path of [
      '/searchServer',
      '/health/live',
      '/api/v1/catalogue/report',
      '/api/v1/user/me',
    ])
      expect([path, (await http().get(path)).status]).toEqual([path, 200]);
    const all = await http().post('/getAllAppInfo', {});
    expect([all.status, JSON.stringify(all.body)]).toEqual([200, expect.stringContaining('swarm-without-majority')]); // prettier-ignore
    expect((await untilEnded(lab.admin, await submit(lab.admin))).result).toBeTruthy();
    expect(await page()).toBe(true);

    await Promise.all(lost.map((node) => node.up()));
    const known = async (): Promise<boolean> =>
      (await http().post('/getAppInfo', { appName: 'steady' })).body.data.status === '1';
    await pollUntil('the app to be known again', known, PATIENT);
    expect((await http().post('/api/v1/apps/steady/restart', {})).status).toBe(200);
    expect((await lab.install('later')).status).toBe(200);
    await lab.settled('later', '1', PATIENT.deadlineMs);
    for (const name of ['steady', 'later']) expect((await lab.uninstall(name)).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('ends what was under way once the majority is back, and leaves nothing of what failed', async () => {
    const slow = await publishStandIn(`majority-${randomBytes(5).toString('hex')}:1`, { listen: [8080], listenAfterSeconds: 5 }); // prettier-ignore
    await lab.writeApp('under', `services:\n  web: { image: "${slow}", restart: always, ports: ["9001:8080"], volumes: ["data:/data"] }\nvolumes: { data: }\n`); // prettier-ignore
    expect((await lab.install('under')).status).toBe(200);
    await pollUntil('the install to be under way', async () => (await lab.info('under')).phase !== 'queued', PATIENT); // prettier-ignore
    await Promise.all(lost.map((node) => node.kill()));
    await pollUntil('changes to be refused', async () => (await http().post(`/api/v1/nodes/${swarm.manager.id}/activate`)).status === 503, PATIENT); // prettier-ignore
    await Promise.all(lost.map((node) => node.up()));
    const { phase } = await lab.ended('under', PATIENT.deadlineMs);
    expect(['running', 'failed']).toContain(phase);
    await pollUntil('the app to be removed', async () => (await lab.uninstall('under')).status !== 503, PATIENT); // prettier-ignore
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
