import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineProxy } from '../support/engine-proxy';
import { AppLab, CLEAN, docker, pageAt, type AppInfo } from '../support/factories/app-lab';
import { ThrottledRegistry } from '../support/factories/throttled-registry';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';

const web = (image: string): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
`;

interface Finding {
  readonly kind: string;
  readonly subject: string;
  readonly remedy: string;
  readonly failure?: string | null;
}

describe('changes made by hand during an operation', () => {
  let engine: EngineProxy;
  let lab: AppLab;
  let image: string;
  let slow: string;
  beforeAll(async () => {
    engine = await EngineProxy.start();
    lab = await AppLab.start({ DOCKER_HOST: engine.host });
    image = await lab.image({ listen: [8080], page: 'old' });
    slow = await lab.image({ listen: [8080], listenAfterSeconds: 120 });
  });
  afterAll(async () => {
    await lab.close();
    await engine.stop();
  });
  afterEach(() => {
    engine.refuse = null;
  });

  const api = (path: string) => `/api/v1/apps/${path}`;
  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const drift = async (): Promise<Finding[]> =>
    (await http().get(api('drift'))).body.data as Finding[];
  const undoneOf = async (appName: string): Promise<string[]> => {
    const [row] = await lab.server.dataSource.query(
      'SELECT failure FROM app_installations WHERE appName = ? ORDER BY createdAt DESC LIMIT 1',
      [appName],
    );
    return JSON.parse(row.failure).undone as string[];
  };

  async function waiting(appName: string): Promise<void> {
    await lab.writeApp(appName, web(slow));
    await lab.install(appName);
    await pollUntil(
      'the install to wait',
      async () => (await lab.info(appName)).phase === 'waiting',
    );
  }

  /** The end of an upgrade, whichever version runs then. */
  function settledUpgrade(appName: string): Promise<AppInfo> {
    return pollUntil(`the upgrade of ${appName} to end`, async () => {
      const info = await lab.info(appName);
      return info.phase === 'upgrading' ? null : info;
    });
  }

  it('rolls an install back whose container was renamed', async () => {
    await waiting('renamed');
    await docker
      .getContainer(lab.containerName('renamed'))
      .rename({ name: `${lab.prefix}renamed-by-hand` });
    await http().post(api('renamed/cancel'));
    await lab.ended('renamed');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('leaves a network that a foreign container joined, and says so', async () => {
    await waiting('joined');
    const foreign = await docker.createContainer({ Image: image, name: `${lab.prefix}foreign` });
    await foreign.start();
    const network = `${lab.prefix}joined_default`;
    await docker.getNetwork(network).connect({ Container: foreign.id });
    await http().post(api('joined/cancel'));
    expect(await lab.ended('joined')).toMatchObject({ phase: 'cancelled' });
    const undone = await undoneOf('joined');
    expect(undone).toContain(`container ${lab.containerName('joined')}`);
    expect(undone).toContainEqual(expect.stringMatching(`^kept network ${network}: .*in use`));
    expect(await drift()).toMatchObject([{ kind: 'network-without-app', subject: network }]);
    expect((await foreign.inspect()).State.Running).toBe(true);
    await foreign.remove({ force: true });
    expect(await http().post(api('drift/repair'))).toMatchObject({
      body: { data: [{ subject: network, done: true }] },
    });
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('ends a roll-back that the engine keeps refusing, and names what is left', async () => {
    await waiting('clinging');
    const name = lab.containerName('clinging');
    engine.refuse = {
      method: 'DELETE',
      path: /\/containers\//,
      status: 500,
      message: 'driver "overlay2" failed to remove root filesystem',
    };
    await http().post(api('clinging/cancel'));
    // Its pauses between attempts are a minute and more in all.
    const hurry = setInterval(() => {
      void lab.server.dataSource.query(
        `UPDATE app_installations SET leaseUntil = leaseUntil - INTERVAL 1 MINUTE
         WHERE appName = 'clinging' AND runToken IS NULL`,
      );
    }, 500);
    try {
      expect(await lab.ended('clinging')).toMatchObject({ phase: 'cancelled' });
    } finally {
      clearInterval(hurry);
    }
    expect(await undoneOf('clinging')).toContainEqual(
      expect.stringMatching(`^kept container ${name}: `),
    );
    expect((await lab.leftovers()).leases).toBe(0);
    const kinds = (await drift()).map((found) => found.kind);
    expect(kinds).toContain('container-without-app');
    engine.refuse = null;
    const repaired = (await http().post(api('drift/repair'))).body.data as Finding[];
    expect(repaired.filter(({ failure }) => failure)).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('recreates a removed container when an upgrade to the same template is cancelled', async () => {
    const once = await lab.image({ exitCode: 0, exitAfterSeconds: 4 });
    await lab.writeApp(
      'again',
      `${web(image)}    depends_on: { wait: { condition: service_completed_successfully } }
  wait: { image: ${once} }
`,
    );
    const { port } = await lab.installed('again');
    await docker.getContainer(lab.containerName('again')).remove({ force: true });
    await http().post(api('again/upgrade'), { backup: false });
    await pollUntil('the new containers', async () =>
      (await lab.leftovers()).containers.some((name) => name.endsWith('.before-upgrade')),
    );
    const answer = await http().post(api('again/cancel'));
    expect(answer.body.data.state).toBe('installed');
    expect(await lab.settled('again', '1')).toMatchObject({ port });
    expect(await pageAt(port)).toBe('old');
    expect(await drift()).toEqual([]);
    await lab.uninstall('again');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('makes an old container that is gone again from the template of its time when an upgrade is cancelled', async () => {
    await cancelledWhilePulling('pinned');
    const info = await lab.settled('pinned', '1');
    expect(info.info).toContain('old version runs again');
    await pollUntil('the old page', async () => (await pageAt(info.port)) === 'old');
    expect(await drift()).toEqual([]);
    await lab.uninstall('pinned');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('ends a cancelled upgrade whose old container and template are gone, and repairs the app on request', async () => {
    await cancelledWhilePulling('bereft', () =>
      rm(join(lab.server.settings.dataDir, 'backups', 'installed-templates'), { recursive: true }),
    );
    const info = await settledUpgrade('bereft');
    expect(info).toMatchObject({ status: '2' });
    expect(info.info).not.toContain('runs again');
    expect(await drift()).toMatchObject([{ kind: 'app-without-containers', remedy: 'reinstall' }]);
    await lab.writeApp('bereft', web(image));
    expect((await http().post(api('drift/repair'))).body.data).toMatchObject([{ done: true }]);
    await lab.settled('bereft', '1');
    await lab.uninstall('bereft');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  /** An upgrade to another template of an app that has lost its container. */
  async function cancelledWhilePulling(app: string, before = async () => {}): Promise<void> {
    const registry = await ThrottledRegistry.start(100_000);
    try {
      const next = await publishStandIn(`${app}-${Date.now()}:1`, { layersMebibytes: [8] });
      await lab.writeApp(app, web(image));
      await lab.installed(app);
      await docker.getContainer(lab.containerName(app)).remove({ force: true });
      await before();
      await lab.writeApp(app, web(registry.through(next)));
      await http().post(api(`${app}/upgrade`), { backup: false });
      await pollUntil('the pull', async () => (await lab.info(app)).progress > 2);
      await http().post(api(`${app}/cancel`));
      await settledUpgrade(app);
    } finally {
      await registry.stop();
    }
  }

  it('answers a cancelled upgrade with what was done, and names the app in the cause', async () => {
    const broken = await lab.image({ listen: [8080], listenAfterSeconds: 120 });
    await lab.writeApp('second', web(image));
    const { port, jobId } = await lab.installed('second');
    await lab.writeApp('second', web(broken));
    await http().post(api('second/upgrade'));
    await pollUntil('the new container', async () => {
      const { containers } = await lab.leftovers();
      return containers.includes(`${lab.containerName('second')}.before-upgrade`);
    });
    const answer = await http().post(api('second/cancel'));
    expect(answer.body.data.state).toBe('installed');
    expect(answer.body.data.undone).toContain(`container ${lab.containerName('second')}`);
    const info = await lab.settled('second', '1');
    expect(info.info).toContain('second');
    expect(info.info).not.toContain(jobId);
    expect(await pageAt(port)).toBe('old');
    await lab.uninstall('second');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('finds a renamed container by its label, whoever asks', async () => {
    await lab.writeApp('moved', web(image));
    const { port } = await lab.installed('moved');
    const name = lab.containerName('moved');
    await docker.getContainer(name).rename({ name: `${lab.prefix}elsewhere` });
    // The state of a container is read from memory, which follows the engine within a second.
    const info = await pollUntil('the new name to be known', async () => {
      const now = await lab.info('moved');
      return now.info.includes(`${lab.prefix}elsewhere`) && now;
    });
    expect(info).toMatchObject({ status: '1', phase: 'running', port });
    expect((await lab.install('moved')).status).toBe(409);
    expect((await http().post(api('moved/stop'))).body.data).toMatchObject({ phase: 'stopped' });
    expect((await http().post(api('moved/start'))).status).toBe(200);
    expect(await lab.settled('moved', '1')).toMatchObject({ port, info: '' });
    expect((await lab.leftovers()).containers).toEqual([name]);
    await lab.uninstall('moved');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
