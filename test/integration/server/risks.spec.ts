import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { findFreePort } from '../../../docker/local/free-port';
import { signUpAdmin, signUpUser, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import { startTestApp, type TestApp } from '../../support/test-app';

interface FoundRisk {
  id: string;
  code: string;
  subject: string;
  evidence: string;
  acknowledged: unknown;
}

const docker = new Docker();
const unique = `risk-${randomBytes(4).toString('hex')}`;
const image = `${unique}:1`;
const unhealthyImage = `${unique}-unhealthy:1`;
const failingImage = `${unique}-failing:1`;
const latestImage = `${unique}-latest:latest`;

/** One container with nothing to complain of, changed in the one respect that its name says. */
async function run(name: string, change: Docker.ContainerCreateOptions): Promise<void> {
  const { HostConfig, ...rest } = change;
  const container = await docker.createContainer({
    name: `${unique}-${name}`,
    Image: image,
    User: '65534',
    ...rest,
    // Without a network: nothing of it matters here, and it takes time.
    HostConfig: { Memory: 64 * 1024 * 1024, NetworkMode: 'none', ...HostConfig },
  });
  await container.start();
}

describe('risk audit', () => {
  let sut: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    await docker.createNetwork({ Name: unique });
    await buildStandIn(image);
    await buildStandIn(unhealthyImage, { health: 'unhealthy' });
    await buildStandIn(failingImage, { exitCode: 3 });
    await buildStandIn(latestImage);
    sut = await startTestApp();
    admin = await signUpAdmin(sut);
  });

  afterAll(async () => {
    for (const { Id } of await docker.listContainers({ all: true, filters: { name: [unique] } })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
    }
    await docker.getNetwork(unique).remove();
    for (const each of [image, unhealthyImage, failingImage, latestImage]) {
      await removeStandIn(each);
    }
    await sut.close();
  });

  const scan = async (): Promise<FoundRisk[]> => {
    const answer = await admin.http
      .with({ 'accept-language': 'en' })
      .post('/api/v1/server/risks/scan');
    expect(answer.status).toBe(200);
    // Other tests share the engine.
    return (answer.body.data as FoundRisk[]).filter(({ subject }) => subject.startsWith(unique));
  };
  const summary = (risks: FoundRisk[]): string[] =>
    risks.map(({ subject, code }) => `${subject.slice(unique.length + 1)}: ${code}`).sort();

  it('names exactly one risk for each weak container, and one fewer after each remedy', async () => {
    const port = await findFreePort();
    await run('sound', {});
    await run('port', {
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: unique,
        PortBindings: { '80/tcp': [{ HostPort: String(port) }] },
      },
    });
    await run('privileged', { HostConfig: { Privileged: true } });
    await run('socket', { HostConfig: { Binds: ['/var/run/docker.sock:/sock:ro'] } });
    await run('namespace', { HostConfig: { PidMode: 'host' } });
    await run('unlimited', { HostConfig: { Memory: 0 } });
    await run('latest', { Image: latestImage });
    await run('root', { User: 'root' });
    await run('unhealthy', { Image: unhealthyImage });
    await run('loop', { Image: failingImage, HostConfig: { RestartPolicy: { Name: 'always' } } });
    const expected = [
      'latest: latest-tag',
      'loop: restart-loop',
      'namespace: host-namespace',
      'port: port-on-all-addresses',
      'privileged: privileged-container',
      'root: root-with-writable-root',
      'socket: docker-socket-mounted',
      'unhealthy: unhealthy',
      'unlimited: no-memory-limit',
    ];

    await pollUntil('all to be found', async () => (await scan()).length === expected.length);
    const found = await scan();
    expect(summary(found)).toEqual(expected);
    expect(found.find(({ code }) => code === 'port-on-all-addresses')?.evidence).toContain(
      `0.0.0.0:${port} → 80/tcp`,
    );

    for (const name of expected.map((line) => line.split(':')[0] ?? '')) {
      await docker.getContainer(`${unique}-${name}`).remove({ force: true });
      expected.shift();
      expect(summary(await scan())).toEqual(expected);
    }
  });

  it('is acknowledged with a reason and an end, and counts again after it', async () => {
    await run('accepted', { User: 'root' });
    const [found] = await scan();
    const path = `/api/v1/server/risks/${found?.id}/acknowledge`;
    const isOpen = async (): Promise<boolean> => {
      const { risks } = (await admin.http.get('/searchServer')).body.data as { risks: FoundRisk[] };
      return risks.some(({ id }) => id === found?.id);
    };
    expect(await isOpen()).toBe(true);

    const refused = await admin.http.post(path, { reason: 'x', until: Date.now() - 1000 });
    expect(refused.body.code).toBe(30001);
    expect((await admin.http.post(path, {})).body.code).toBe(30001);
    expect(
      (await admin.http.post(path.replace(/[0-9a-f]{32}/, '0'.repeat(32)), { reason: 'x' })).status,
    ).toBe(404);

    const until = Date.now() + 3_000;
    expect((await admin.http.post(path, { reason: 'a test', until })).status).toBe(200);
    expect(await isOpen()).toBe(false);
    expect((await scan())[0]?.acknowledged).toMatchObject({ by: admin.name, reason: 'a test' });
    await pollUntil('the acknowledgement to end', isOpen);

    expect((await admin.http.post(path, { reason: 'for good' })).status).toBe(200);
    expect(await isOpen()).toBe(false);
    expect((await admin.http.delete(path)).status).toBe(200);
    expect(await isOpen()).toBe(true);
    expect((await admin.http.delete(path)).status).toBe(404);
  });

  it('shows ordinary users the number only', async () => {
    const user = await signUpUser(sut, admin);
    const state = (await user.http.get('/searchServer')).body.data;
    expect(Number(state.risk)).toBeGreaterThan(0);
    expect(state.risks).toEqual([]);
    expect((await user.http.get('/api/v1/server/risks')).status).toBe(403);
    expect((await user.http.post('/api/v1/server/risks/scan')).status).toBe(403);
    const shown = (await admin.http.get('/searchServer')).body.data;
    expect(shown.risks).toHaveLength(Number(shown.risk));
  });
});
