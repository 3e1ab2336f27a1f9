import { execFile } from 'node:child_process';
import { chmod, chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { findBinary } from '../../src/local-services/find-binary';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { dataSourceOptions } from '../../src/schema/data-source-options';
import { signUpAdmin, type SignedIn } from '../support/factories/users';
import { HttpClient } from '../support/http-client';
import { pollUntil } from '../support/poll-until';
import { setupTokenHeader } from '../support/setup-token';
import { HostImages } from '../support/swarm/product-image';
import { SwarmLab } from '../support/swarm/swarm-lab';
import { TcpProxy } from '../support/tcp-proxy';
import { createInstallation, type TestInstallation } from '../support/test-app';
import { SteadyLoad } from './steady-load';

jest.setTimeout(900_000);

const execute = promisify(execFile);
const STACK = 'stackscape';
const USER = 10_001;
const PER_SECOND = 200;
const READS = ['/searchServer', '/api/v1/user/me', '/getAllAppInfo', '/api/v1/compute/models'];
const PATIENT = { deadlineMs: 180_000, everyMs: 250 };

interface Service {
  readonly Spec: { readonly TaskTemplate: { readonly ContainerSpec: { readonly Image: string } } };
  readonly UpdateStatus?: { readonly State: string; readonly Message: string };
}

describe('docker/swarm.yml on three machines', () => {
  let swarm: SwarmLab;
  let installation: TestInstallation;
  let stores: TcpProxy[] = [];
  let database: DataSource;
  let environment: NodeJS.ProcessEnv;
  let admin: SignedIn;
  let urls: string[];
  let first: string;

  beforeAll(async () => {
    swarm = await SwarmLab.start(3);
    const { manager } = swarm;
    const images = new HostImages(manager.host);
    first = await images.product('stackscape:1');
    const proxy = await images.program('haproxy:1', findBinary('haproxy') ?? '/usr/sbin/haproxy');
    installation = await createInstallation();
    const dataDir = installation.environment['DATA_DIR'] ?? '';
    await chown(dataDir, USER, USER);
    await chmod(dataDir, 0o700);
    const own = dataSourceOptions(installation.environment['DATABASE_URL'] ?? '');
    database = await new DataSource({ ...own, poolSize: 1 }).initialize();
    environment = {
      PATH: process.env['PATH'],
      HOME: dataDir,
      DOCKER_HOST: manager.host,
      STACKSCAPE_IMAGE: first,
      PROXY_IMAGE: proxy,
      DATA_DIR: dataDir,
      DOCKER_GID: String((await stat(manager.host.replace('unix://', ''))).gid),
      REDIS_PREFIX: installation.environment['REDIS_PREFIX'],
    };
    await docker('node', 'update', '--label-add', 'stackscape.home=true', manager.name);
    environment['DATABASE_URL'] = await reached('DATABASE_URL', 'stackscape_database_password');
    environment['REDIS_URL'] = await reached('REDIS_URL', 'stackscape_redis_password');
    await deploy(first);
    urls = swarm.nodes.map(({ address }) => `http://${address}:3000`);
    await pollUntil('all nodes to answer', async () => {
      const answers = urls.map((url) => new HttpClient(url).get('/health/ready').catch(() => null));
      return (await Promise.all(answers)).every((answer) => answer?.status === 200);
    }, PATIENT).catch(async (cause: unknown) => {
      throw new Error(await logs(), { cause });
    }); // prettier-ignore
    admin = await signUpAdmin({ http: new HttpClient(urls[1]!).with(setupTokenHeader(dataDir)) });
  });
  afterAll(async () => {
    await swarm?.destroy();
    for (const store of stores) await store.cut();
    await database?.destroy();
    await installation?.destroy();
  });

  /** A store of the tests as the containers of the lab reach it, without its password, which becomes a secret. */
  async function reached(name: 'DATABASE_URL' | 'REDIS_URL', password: string): Promise<string> {
    const url = new URL(installation.environment[name] ?? '');
    const target = { host: url.hostname, port: Number(url.port) };
    const proxy = await TcpProxy.to(target, { host: swarm.gateway, port: target.port });
    stores = [...stores, proxy];
    await secret(password, url.password);
    Object.assign(url, { hostname: swarm.gateway, password: '' });
    return url.href;
  }
  async function docker(...args: string[]): Promise<string> {
    return (await execute('docker', args, { env: environment, maxBuffer: 1 << 26 })).stdout;
  }
  async function secret(name: string, value: string): Promise<void> {
    const make = 'printf %s "$2" | docker secret create "$1" -';
    await execute('sh', ['-c', make, 'sh', name, decodeURIComponent(value)], { env: environment });
  }
  async function deploy(image: string): Promise<void> {
    environment = { ...environment, STACKSCAPE_IMAGE: image };
    await docker('stack', 'deploy', '-c', join(PROJECT_ROOT, 'docker/swarm.yml'), STACK);
  }
  async function logs(): Promise<string> {
    const all = await Promise.all(
      ['api', 'worker', 'proxy'].map((name) =>
        Promise.all([
          docker('service', 'ps', '--no-trunc', `${STACK}_${name}`),
          docker('service', 'logs', '--tail', '20', `${STACK}_${name}`),
        ]),
      ),
    );
    return all.flat().join('\n');
  }
  const api = async (): Promise<Service> =>
    (await swarm.manager.docker.getService(`${STACK}_api`).inspect()) as Service;
  /** Of the update after the one that ended then. */
  const updated = (image: string) =>
    pollUntil('the update to end', async () => {
      const { UpdateStatus: update, Spec } = await api();
      const isOver = update && ['completed', 'rollback_completed', 'paused', 'rollback_paused'].includes(update.State); // prettier-ignore
      const isMeant = update?.State !== 'completed' || Spec.TaskTemplate.ContainerSpec.Image.startsWith(image); // prettier-ignore
      return isOver && isMeant && update;
    }, PATIENT); // prettier-ignore

  async function underLoad(work: () => Promise<void>): Promise<void> {
    const before = await tasks();
    const load = new SteadyLoad(
      urls,
      admin.accessToken,
      [
        ...Array.from({ length: 7 }, (_, i) => ({ method: 'GET' as const, path: READS[i % READS.length]! })), // prettier-ignore
        { method: 'POST', path: '/api/v1/compute/add', body: { pid: '2333', ctdna: '213', cpg: '4' } }, // prettier-ignore
      ],
      PER_SECOND,
    );
    await work().catch(async (cause: unknown) => {
      throw new Error(`${JSON.stringify(await load.end())}\n${await logs()}`, { cause });
    });
    const figures = await load.end();
    process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(figures.failures).toEqual({});
    // Each computation that was accepted is there once.
    expect((await tasks()) - before).toBe(Math.floor(figures.sent / 8));
  }
  const tasks = async (): Promise<number> => {
    const [row] = await database.query<{ n: string }[]>('SELECT COUNT(*) AS n FROM compute_tasks');
    return Number(row!.n);
  };

  it('tells of each machine by its worker', async () => {
    for (const { id, name } of swarm.nodes) {
      const state = await pollUntil(`the worker on ${name}`, async () => {
        const { status, body } = await admin.http.get(`/searchServer?node=${id}`);
        return status === 200 && body.data;
      }, PATIENT); // prettier-ignore
      expect(state).toMatchObject({ node: { id, name }, docker: { state: 'up' } });
    }
  });

  it('goes over to another image under 200 requests a second without a failed one', async () => {
    const next = await new HostImages(swarm.manager.host).variant(first, 'stackscape:2');
    // The API alone: all three machines are this one, and the start of a worker on each would take its processors.
    await underLoad(async () => {
      await docker('service', 'update', '--detach', '--image', next, `${STACK}_api`);
      expect((await updated(next)).State).toBe('completed');
    });
    await deploy(next);
    expect((await api()).Spec.TaskTemplate.ContainerSpec.Image).toContain('stackscape:2');
    await pollUntil('the workers to follow', async () => {
      const worker = (await swarm.manager.docker.getService(`${STACK}_worker`).inspect()) as Service;
      return worker.UpdateStatus?.State === 'completed';
    }, PATIENT); // prettier-ignore
  });

  it('returns to the image before when the next one does not come up, without a failed request', async () => {
    const broken = await new HostImages(swarm.manager.host).variant(first, 'stackscape:3', 'CMD ["node", "-e", "process.exit(1)"]'); // prettier-ignore
    await underLoad(async () => {
      await docker('service', 'update', '--detach', '--image', broken, `${STACK}_api`);
      expect((await updated(broken)).State).toBe('rollback_completed');
    });
    expect((await api()).Spec.TaskTemplate.ContainerSpec.Image).toContain('stackscape:2');
  });
});
