import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab } from '../../support/factories/app-lab';
import { FaultyRegistry } from '../../support/factories/faulty-registry';
import { SmallDisk } from '../../support/small-disk';
import { publishStandIn } from '../../support/stand-in-image';
import { Load } from './load';
import type { PlantedBug } from './planted-bugs';
import { SeededRandom } from './random';
import { SmallDatabase } from './small-database';
import { StormProcess } from './storm-process';
import { Told } from './told';

/** An app that clients install and uninstall. */
export interface StormApp {
  readonly name: string;
  /** Removed after each uninstall, so that the next install has to pull it. */
  readonly pulls: string | null;
}

/** What a storm happens to: two API and two worker processes, what they stand on, and their clients. */
export interface StormWorld {
  readonly lab: AppLab;
  readonly processes: readonly StormProcess[];
  readonly apis: readonly StormProcess[];
  readonly apps: readonly StormApp[];
  readonly registry: FaultyRegistry;
  /** Null where only root could mount one. */
  readonly dataDisk: SmallDisk | null;
  readonly database: SmallDatabase | null;
  readonly told: Told;
  readonly load: Load;
  /** When hands or faults last touched the apps, in `performance.now()`. */
  lastFault: number;
  close(): Promise<void>;
}

/** The app whose uninstall is overtaken. */
export const HEIR = 'heir';
const DATA_MEBIBYTES = 64;
const ENVIRONMENT = {
  ROLE: 'api',
  COMPUTE_LEASE_SECONDS: '3',
  COMPUTE_DAILY_QUOTA: '10000000',
  PULL_STALL_SECONDS: '3',
};

const compose = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`;

/** Its uninstall takes a minute unless somebody kills it. */
const stubborn = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { KEY: "\${KEY:?}" }
    stop_grace_period: 60s
`;

const WITH_PASSWORD = {
  '.env': 'HTTP_PORT=9001\nKEY=\n',
  'app.json': JSON.stringify({
    title: { zh: '键', en: 'Keyed' },
    main: { service: 'web', port: 8080 },
    variables: [{ name: 'KEY', title: { zh: '键', en: 'Key' }, type: 'password' }],
  }),
};

export async function startWorld(
  seed: number,
  plantedBug: PlantedBug | null = null,
): Promise<StormWorld> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let end = closers.pop(); end; end = closers.pop()) await end();
  };
  try {
    // Only root can mount a disk.
    const isRoot = process.getuid?.() === 0;
    const dataDisk = isRoot ? await SmallDisk.mount(DATA_MEBIBYTES) : null;
    if (dataDisk) closers.push(() => dataDisk.unmount());
    const database = isRoot ? await SmallDatabase.start() : null;
    if (database) closers.push(() => database.close());
    const lab = await AppLab.start({
      ...ENVIRONMENT,
      DATA_DIR: dataDisk?.folder ?? (await temporaryFolder(closers)),
      ...(database ? { DATABASE_URL: database.url } : {}),
    });
    closers.push(() => lab.close());
    const registry = await FaultyRegistry.start(null);
    closers.push(() => registry.stop());
    const apps = await writeApps(lab, registry);

    const processes: StormProcess[] = [];
    closers.push(() => Promise.all(processes.map((process) => process.close())));
    for (const name of ['api-1', 'api-2', 'worker-1', 'worker-2']) {
      const role = name.startsWith('api') ? 'api' : 'worker';
      const { environment } = lab.installation;
      processes.push(await StormProcess.prepare(name, role, environment, plantedBug ?? ''));
    }
    for (const process of processes) process.start();
    const apis = processes.slice(0, 2);
    await Promise.all(apis.map((api) => api.untilReady()));

    const told = new Told();
    const random = new SeededRandom(seed);
    const lastFault = (): number => world.lastFault;
    const load = new Load({ lab, apis, told, random, apps, lastFault });
    const parts = { lab, processes, apis, apps, registry, dataDisk, database, told, load, close };
    const world: StormWorld = { ...parts, lastFault: -Infinity };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

async function temporaryFolder(closers: (() => Promise<unknown>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'storm-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function writeApps(lab: AppLab, registry: FaultyRegistry): Promise<StormApp[]> {
  const image = await lab.image({ listen: [8080] });
  const name = `storm-${Date.now()}:1`;
  const published = await publishStandIn(name, { listen: [8080], layersMebibytes: [1] });
  const pulls = lab.track(registry.through(published));
  const apps = [
    { name: 'first', pulls: null },
    { name: 'second', pulls: null },
    { name: 'pulled', pulls },
  ];
  for (const app of apps) await lab.writeApp(app.name, compose(app.pulls ?? image));
  const ignoring = await lab.image({ listen: [8080], ignoreTerm: true });
  await lab.writeApp(HEIR, stubborn(ignoring), WITH_PASSWORD);
  await lab.admin.http.post('/api/v1/catalogue/reload');
  return apps;
}
