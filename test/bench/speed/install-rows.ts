import { execFile, execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pollUntil } from '../../support/poll-until';
import { shared } from './shared';
import type { Row } from './rows';
import { BENCH_IMAGE, type World } from './world';

const docker = new Docker();
const run = promisify(execFile);
const POLL = { everyMs: 10, deadlineMs: 120_000 };
/** Where the product's rule for an app without health check and port ends: it has been up for so long. */
const SETTLED_MS = 1_000;
/** Outside the range of the product's own apps. */
const PORT = 28_790;

/** Milliseconds from the request to running, and from the next request to gone. */
interface Cycle {
  readonly install: number;
  readonly uninstall: number;
}

/** Installs and removals beside the same calls of the engine and docker-compose. */
export function installRowsOf(
  world: World,
  { apps, rounds }: { readonly apps: number; readonly rounds: number },
): Row[] {
  let hello: HelloSpec | null = null;
  const needsEngine = () => Promise.resolve(world.engine ? undefined : 'no Docker Engine answers');
  const needsHello = async (): Promise<string | undefined> => {
    if (!world.engine) return needsEngine();
    hello ??= await helloSpec(world);
    return undefined;
  };
  const ours = shared(() => helloByProduct(world));
  const engine = shared(() => helloByEngine(world.containerOf('bare'), hello!));
  const compose = shared(() => helloByCompose(world, hello!));
  const ten = { ours: shared(() => tenByProduct(world)), engine: () => manyByEngine(world, 10) };
  const milliseconds = { unit: 'ms', rounds } as const;
  // The engine takes 370 to 520 ms for the same removal: two rounds tell little.
  const scattered = { ...milliseconds, rounds: rounds > 1 ? 4 : 1 };
  return [
    {
      ...scattered,
      id: 'install-hello',
      title: 'install of hello, to running',
      baseline: 'the same engine calls, to healthy',
      mark: { atMost: 1.05 },
      prepare: needsHello,
      measure: async () => (await ours(0)).install,
      measureBaseline: async () => (await engine(0)).install,
    },
    {
      ...scattered,
      id: 'uninstall-hello',
      title: 'uninstall of hello',
      baseline: 'the same engine calls',
      mark: { atMost: 1.05 },
      prepare: needsHello,
      measure: async () => (await ours(1)).uninstall,
      measureBaseline: async () => (await engine(1)).uninstall,
    },
    {
      ...milliseconds,
      id: 'install-hello-compose',
      title: 'install of hello, to running',
      baseline: 'docker-compose up -d, to healthy',
      mark: { atMost: 1.05 },
      onlyInFull: true,
      prepare: async () => (hasCompose() ? needsHello() : 'needs docker-compose (Debian)'),
      measure: async () => (await ours(0)).install,
      measureBaseline: async () => (await compose(0)).install,
    },
    {
      ...milliseconds,
      id: 'uninstall-hello-compose',
      title: 'uninstall of hello',
      baseline: 'docker-compose down',
      mark: { atMost: 1.05 },
      onlyInFull: true,
      prepare: async () => (hasCompose() ? needsHello() : 'needs docker-compose (Debian)'),
      measure: async () => (await ours(1)).uninstall,
      measureBaseline: async () => (await compose(1)).uninstall,
    },
    {
      ...milliseconds,
      id: 'ten-accepted',
      title: 'ten installs at once, all accepted',
      baseline: 'mark of 300 ms',
      mark: { atMost: 1 },
      onlyInFull: true,
      prepare: needsEngine,
      measure: async () => (await ten.ours(0)).install,
      measureBaseline: () => Promise.resolve(300),
    },
    {
      ...milliseconds,
      id: 'ten-running',
      title: 'ten installs at once, all running',
      baseline: 'the same engine calls side by side, each container up for 1 s',
      mark: { atMost: 1.3 },
      onlyInFull: true,
      prepare: needsEngine,
      measure: async () => (await ten.ours(1)).uninstall,
      measureBaseline: async () => (await ten.engine()).install,
    },
    {
      ...milliseconds,
      id: 'remove-all',
      title: `uninstallAllApp, ${apps} apps`,
      baseline: 'the same engine calls side by side',
      mark: { atMost: 1.3 },
      onlyInFull: true,
      prepare: needsEngine,
      measure: async () => {
        await world.installApps(apps);
        return timed(() => world.removeApps());
      },
      measureBaseline: async () => (await manyByEngine(world, apps)).uninstall,
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** What the product makes of the app `hello`. */
interface HelloSpec {
  readonly image: string;
  readonly containerPort: string;
  readonly memory: number;
  readonly health: Docker.HealthConfig | undefined;
}

/** Installs `hello` once: its image is then built, as it is for everything that is measured. */
async function helloSpec(world: World): Promise<HelloSpec> {
  await installHello(world);
  const { Config, HostConfig } = await docker.getContainer(world.containerOf('hello')).inspect();
  return {
    image: Config.Image,
    containerPort: Object.keys(HostConfig.PortBindings as object)[0] ?? '',
    memory: HostConfig.Memory ?? 0,
    health: Config.Healthcheck,
  };
}

async function installHello(world: World): Promise<void> {
  await world.call('POST', '/installApp', { appName: 'hello' });
  await pollUntil('hello to run', () => isRunning(world, 'hello'), POLL);
}

async function isRunning(world: World, appName: string): Promise<boolean> {
  const { data } = await world.call('GET', `/getAppInfo?appName=${appName}`);
  const { status } = data as { status: string };
  if (status === '2') throw new Error(`${appName}: ${JSON.stringify(data)}`);
  return status === '1';
}

async function helloByProduct(world: World): Promise<Cycle> {
  const uninstall = () =>
    world.call('POST', '/uninstallApp', { appName: 'hello', removeData: true });
  await uninstall().catch(() => undefined); // where it is left from the preparation
  return { install: await timed(() => installHello(world)), uninstall: await timed(uninstall) };
}

async function helloByEngine(name: string, spec: HelloSpec): Promise<Cycle> {
  let network!: Docker.Network;
  let container!: Docker.Container;
  const install = await timed(async () => {
    network = await docker.createNetwork({ Name: name });
    container = await docker.createContainer({
      name,
      Image: spec.image,
      ExposedPorts: { [spec.containerPort]: {} },
      Healthcheck: spec.health,
      HostConfig: {
        NetworkMode: name,
        Memory: spec.memory,
        RestartPolicy: { Name: 'unless-stopped' },
        PortBindings: { [spec.containerPort]: [{ HostIp: '127.0.0.1', HostPort: String(PORT) }] },
      },
    });
    await container.start();
    await untilHealthy(container);
  });
  const uninstall = await timed(async () => {
    await container.stop({ t: 10 });
    await container.remove();
    await network.remove();
  });
  return { install, uninstall };
}

function untilHealthy(container: Docker.Container): Promise<boolean> {
  const isHealthy = async () => (await container.inspect()).State.Health?.Status === 'healthy';
  return pollUntil('the container to be healthy', isHealthy, POLL);
}

function hasCompose(): boolean {
  try {
    execFileSync('which', ['docker-compose'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function helloByCompose(world: World, spec: HelloSpec): Promise<Cycle> {
  const folder = join(world.folder, 'compose');
  const project = world.containerOf('compose').replace(/[^a-z0-9]/g, '');
  const [port] = spec.containerPort.split('/');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'docker-compose.yml'),
    `version: "3"\nservices:\n  hello:\n    image: ${spec.image}\n    restart: unless-stopped\n` +
      `    ports: ["127.0.0.1:${PORT}:${port}"]\n`,
  );
  const compose = (...args: string[]) => run('docker-compose', ['-p', project, ...args], { cwd: folder }); // prettier-ignore
  const install = await timed(async () => {
    await compose('up', '-d');
    await untilHealthy(docker.getContainer(`${project}_hello_1`));
  });
  const uninstall = await timed(() => compose('down', '-t', '10'));
  await rm(folder, { recursive: true });
  return { install, uninstall };
}

/** Of ten apps: until the last is accepted, and until the last runs. */
async function tenByProduct(world: World): Promise<Cycle> {
  await world.removeApps();
  await world.prepareImage();
  const names = Array.from({ length: 10 }, (_, i) => `bench${i}`);
  world.apps = names;
  const begun = performance.now();
  await Promise.all(names.map((appName) => world.call('POST', '/installApp', { appName })));
  const accepted = performance.now() - begun;
  await world.untilRunning(names.length, 10);
  return { install: accepted, uninstall: performance.now() - begun };
}

/** Containers like those of the bench's apps, started side by side, then stopped and removed side by side. */
async function manyByEngine(world: World, count: number): Promise<Cycle> {
  await world.removeApps();
  await world.prepareImage();
  let containers: Docker.Container[] = [];
  const install = await timed(async () => {
    containers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const container = await docker.createContainer({
          name: world.containerOf(`bare${i}`),
          Image: BENCH_IMAGE,
          HostConfig: { NetworkMode: 'none' },
        });
        await container.start();
        return container;
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  });
  const uninstall = await timed(() =>
    Promise.all(
      containers.map(async (container) => {
        await container.stop({ t: 10 });
        await container.remove();
      }),
    ),
  );
  return { install, uninstall };
}
