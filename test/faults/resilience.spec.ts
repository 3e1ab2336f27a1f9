import { execFile } from 'node:child_process';
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { AppLab, CLEAN, pageAt } from '../support/factories/app-lab';
import { ThrottledRegistry } from '../support/factories/throttled-registry';
import { pollUntil } from '../support/poll-until';
import { PrivateEngine } from '../support/private-engine';
import { publishStandIn } from '../support/stand-in-image';
import { TcpProxy } from '../support/tcp-proxy';

const web = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`;

/** How long the database is away; longer than a request waits, shorter than an install's patience. */
const DATABASE_AWAY_MS = 10_000;

describe('an install while its services are unavailable', () => {
  it('survives ten seconds without the database', async () => {
    const lab = await AppLab.start({ ROLE: 'api' });
    const { proxy, url } = await TcpProxy.beforeUrl(
      lab.installation.environment['DATABASE_URL'] ?? '',
    );
    const worker = await lab.startSecondServer({ ROLE: 'worker', DATABASE_URL: url });
    const registry = await ThrottledRegistry.start(400_000);
    try {
      const image = await publishStandIn(`away-${Date.now()}:1`, {
        listen: [8080],
        page: 'back',
        layersMebibytes: [2],
      });
      await lab.writeApp('away', web(lab.track(registry.through(image))));
      await lab.install('away');
      await pollUntil('the pull', async () => (await lab.info('away')).phase === 'pulling');
      await proxy.cut();
      const until = Date.now() + DATABASE_AWAY_MS;
      await pollUntil('ten seconds to pass', () => Date.now() > until, { everyMs: 200 });
      await proxy.restore();
      const info = await lab.settled('away', '1');
      expect(await pageAt(info.port)).toBe('back');
      await lab.uninstall('away');
      expect(await lab.leftovers()).toEqual(CLEAN);
    } finally {
      await worker.close();
      await proxy.cut();
      await registry.stop();
      await lab.close();
    }
  });

  it('survives a flushed and an unavailable Redis', async () => {
    const own = await AppLab.start({ ROLE: 'api' });
    const { proxy, url } = await TcpProxy.beforeUrl(
      own.installation.environment['REDIS_URL'] ?? '',
    );
    const worker = await own.startSecondServer({ ROLE: 'worker', REDIS_URL: url });
    const api = await own.startSecondServer({ ROLE: 'api', REDIS_URL: url });
    try {
      const image = await own.image({ listen: [8080] });
      await own.writeApp('unqueued', web(image));
      const redis = new Redis(own.installation.environment['REDIS_URL'] ?? '');
      const http = api.http.as(own.admin.accessToken);
      expect((await http.post('/installApp', { appName: 'unqueued' })).status).toBe(200);
      const prefix = own.installation.environment['REDIS_PREFIX'] ?? '';
      const keys = await redis.keys(`{${prefix}-queue}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
      const runs = async (name: string) =>
        (await http.post('/getAppInfo', { appName: name })).body.data?.status === '1';
      await pollUntil('the install without its job', () => runs('unqueued'));
      await proxy.cut();
      await own.writeApp('noredis', web(image));
      const answer = await http.post('/installApp', { appName: 'noredis' });
      expect(answer.status).toBe(200);
      await pollUntil('the install without Redis', () => runs('noredis'));
      await http.post('/uninstallAllApp', { removeData: true });
      expect(await own.leftovers()).toEqual(CLEAN);
    } finally {
      await worker.close();
      await api.close();
      await proxy.cut();
      await own.close();
    }
  });
});

/** A second service from the same image, healthy once it listens; the first one is started after it. */
function afterSlowNeighbour(compose: string): string {
  const image = /image: (\S+)/.exec(compose)?.[1] ?? '';
  return compose
    .replace('    ports', '    depends_on: { db: { condition: service_healthy } }\n    ports')
    .replace(
      '\nvolumes:',
      `
  db:
    image: ${image}
    restart: unless-stopped
    healthcheck: { test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"], interval: 1s, retries: 60 }
volumes:`,
    );
}

describe('an install on an engine that is restarted', () => {
  let engine: PrivateEngine;
  let lab: AppLab;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
    lab = await AppLab.start({ DOCKER_HOST: engine.host });
  });
  afterAll(async () => {
    await lab?.close();
    await engine?.destroy();
  });

  it.each(['pulling', 'creating', 'starting', 'waiting'])(
    'while %s reaches running',
    async (phase) => {
      const registry = await ThrottledRegistry.start(phase === 'pulling' ? 300_000 : 50_000_000);
      const name = `again${phase}`;
      const image = await publishStandIn(`again-${phase}-${Date.now()}:1`, {
        listen: [8080],
        page: phase,
        listenAfterSeconds: phase === 'waiting' || phase === 'starting' ? 3 : 0,
        layersMebibytes: [1],
      });
      const compose = web(registry.through(image)).replace(
        '    ports',
        '    restart: unless-stopped\n    ports',
      );
      await lab.writeApp(name, phase === 'starting' ? afterSlowNeighbour(compose) : compose);
      await lab.install(name);
      await pollUntil(
        `the install to be ${phase}`,
        async () => {
          const info = await lab.info(name).catch(() => null);
          return (
            info &&
            (info.phase === phase ||
              (phase === 'creating' &&
                info.phase !== 'pulling' &&
                info.phase !== 'queued' &&
                info.phase !== 'preflight'))
          );
        },
        { everyMs: 10 },
      );
      await engine.restart();
      const info = await pollUntil('the app to run', async () => {
        const now = await lab.info(name).catch(() => null);
        if (now?.phase === 'failed') throw new Error(`${now.info} ${now.logs.join(' | ')}`);
        return now?.status === '1' ? now : null;
      });
      await pollUntil('its page', async () => (await pageAt(info.port)) === phase);
      const gone = await lab.uninstall(name);
      if (gone.status !== 200) {
        const container = engine.docker.getContainer(lab.containerName(name));
        const words = await container.remove({ force: true }).then(() => 'removed now', String);
        throw new Error(`${gone.body.message} (engine: ${words})`);
      }
      expect(await engine.docker.listContainers({ all: true })).toEqual([]);
      expect((await engine.docker.listVolumes()).Volumes ?? []).toEqual([]);
      await registry.stop();
    },
  );
});

describe('an install on a full disk', () => {
  let engine: PrivateEngine;
  let lab: AppLab;
  beforeAll(async () => {
    engine = await PrivateEngine.start({ diskMebibytes: 600 });
    lab = await AppLab.start({ DOCKER_HOST: engine.host });
  });
  afterAll(async () => {
    await lab?.close();
    await engine?.destroy();
  });
  afterEach(async () => {
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    expect((await engine.docker.listVolumes()).Volumes ?? []).toEqual([]);
    expect((await lab.leftovers()).leases).toBe(0);
  });

  it('is rejected in advance when the registry reports images that do not fit', async () => {
    const image = await publishStandIn(`huge-${Date.now()}:1`, { layersMebibytes: [100, 100] });
    await lab.writeApp('huge', web(image));
    const answer = await lab.install('huge');
    expect(answer.status).toBe(409);
    expect(answer.body.details).toMatchObject([{ field: 'disk' }]);
    const plan = await lab.admin.http.get('/api/v1/apps/huge/plan');
    const size = 200 * 1024 * 1024;
    expect(plan.body.data).toMatchObject({ possible: false, images: [{ action: 'pull' }] });
    expect(plan.body.data.images[0].size).toBeGreaterThan(size);
    expect(plan.body.data.images[0].size).toBeLessThan(size * 1.1);
  });

  it('reports a disk that fills up during the pull and leaves nothing behind', async () => {
    const registry = await ThrottledRegistry.start(4_000_000);
    const image = await publishStandIn(`filling-${Date.now()}:1`, { layersMebibytes: [20, 20] });
    await lab.writeApp('filling', web(registry.through(image)));
    const filler = join(engine.dataRoot, 'filler');
    expect((await lab.install('filling')).status).toBe(200);
    await pollUntil('the pull', async () => (await lab.info('filling')).progress > 2);
    await fillDisk(filler, engine.dataRoot);
    expect(await lab.ended('filling')).toMatchObject({ status: '2', cause: 'disk-full' });
    await rm(filler);
    await registry.stop();
  });
});

/** Leaves a few MiB, less than the image has still to bring. */
async function fillDisk(filler: string, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  await promisify(execFile)('fallocate', ['-l', String(bavail * bsize - 4 * 1024 * 1024), filler]);
}
