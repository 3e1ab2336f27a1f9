import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { startServer, type RunningServer } from '../../../src/bootstrap';
import { loadSettings, type Environment } from '../../../src/platform/config/load-settings';
import type { HttpAnswer } from '../http-client';
import { overSwarm, places, settingsOfPlaces } from '../places';
import { pollUntil } from '../poll-until';
import { buildStandIn, publishStandIn, type StandInBehaviour } from '../stand-in-image';
import { createInstallation, startTestApp, type TestApp, type TestInstallation } from '../test-app';
import { LabEngines, type EngineNames } from './lab-engines';
import { signUpAdmin, type SignedIn } from './users';

/** The engine that answers the servers of this run: the shared one, or the manager of the run's Swarm. */
export const docker = places[0]!.docker;

/** What the engine holds of one lab; all zero is clean. */
export interface EngineLeftovers extends EngineNames {
  readonly leases: number;
}

/**
 * A real server with a catalog of its own in a temporary folder, a port range and a name prefix
 * of its own, and an administrator. `close` removes everything it made on the engine.
 */
export class AppLab {
  private readonly images = new Set<string>();

  private constructor(
    readonly installation: TestInstallation,
    readonly server: TestApp,
    readonly admin: SignedIn,
    readonly catalog: string,
    readonly prefix: string,
    readonly engines: LabEngines,
    /** On the nodes of a Swarm where the server itself is not. */
    private readonly workers: readonly RunningServer[],
  ) {}

  /** That which answers the server. */
  get engine(): Docker {
    return this.engines.first;
  }

  /** @param engine another one than that which all tests share; `overrides` must name it too */
  static async start(overrides: Environment = {}, engine?: Docker): Promise<AppLab> {
    const catalog = await mkdtemp(join(tmpdir(), 'stackscape-catalog-'));
    const place = engine ? {} : settingsOfPlaces;
    const environment = { CATALOG_PATHS: catalog, ...portRanges(), ...place, ...overrides };
    const all = engine ? [engine] : places.map((each) => each.docker);
    const installation = await createInstallation(environment);
    const server = await startTestApp({}, installation);
    const admin = await signUpAdmin(server);
    const { containerPrefix: prefix, orchestrator } = server.settings;
    const engines = new LabEngines(prefix, all, orchestrator === 'swarm');
    const workers = engine ? [] : await startWorkers(installation);
    return new AppLab(installation, server, admin, catalog, prefix, engines, workers);
  }

  /** A second server process of the same installation, in this process. */
  startSecondServer(overrides: Environment = {}): Promise<TestApp> {
    return startTestApp(overrides, this.installation);
  }

  /** Writes an app's folder into the lab's catalog; further files by relative path. */
  async writeApp(
    name: string,
    compose: string,
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    for (const [path, text] of Object.entries({ 'docker-compose.yml': compose, ...files })) {
      const target = join(this.catalog, name, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  }

  /** An image that behaves as told, local where there is one engine; removed at the end. */
  async image(behaviour: StandInBehaviour = {}): Promise<string> {
    const name = `lab-${randomBytes(5).toString('hex')}:1`;
    if (this.engines.needsRegistry) return this.track(await publishStandIn(name, behaviour));
    await buildStandIn(name, behaviour, this.engine);
    return this.track(name);
  }

  /** Has an image removed at the end that somebody pulled. */
  track(reference: string): string {
    this.images.add(reference);
    return reference;
  }

  install(appName: string, body: object = {}): Promise<HttpAnswer> {
    return this.admin.http.post('/installApp', { appName, ...body });
  }

  uninstall(appName: string, removeData = true): Promise<HttpAnswer> {
    return this.admin.http.post('/uninstallApp', { appName, removeData });
  }

  async info(appName: string): Promise<AppInfo> {
    const answer = await this.admin.http
      .with({ 'accept-language': 'en' })
      .post('/getAppInfo', { appName });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.data as AppInfo;
  }

  /** Installs and waits until it runs; throws with the cause when it fails. */
  async installed(appName: string, body: object = {}): Promise<AppInfo> {
    const answer = await this.install(appName, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return this.settled(appName, '1');
  }

  /** Waits for a status; a failure that was not asked for ends the wait. */
  settled(appName: string, status: '0' | '1' | '2', deadlineMs = 120_000): Promise<AppInfo> {
    return pollUntil(
      `${appName} to have status ${status}`,
      async () => {
        const info = await this.info(appName);
        if (info.status === status) return info;
        if (info.status === '2') throw new Error(`failed: ${info.info} ${info.logs.join(' | ')}`);
        return null;
      },
      { deadlineMs },
    );
  }

  /** Waits until the install is over, taken back or not. */
  ended(appName: string, deadlineMs = 120_000): Promise<AppInfo> {
    return pollUntil(
      `the install of ${appName} to end`,
      async () => {
        const info = await this.info(appName);
        return ['failed', 'cancelled', 'running'].includes(info.phase) ? info : null;
      },
      { deadlineMs },
    );
  }

  containerName(appName: string, service?: string): string {
    return `${this.prefix}${appName}${service ? `-${service}` : ''}`;
  }

  /** The container of an app's service, the main one by default; in a Swarm the newest, on whichever node. */
  container(appName: string, service?: string): Promise<Docker.Container> {
    return this.engines.container(this.containerName(appName, service));
  }

  /** Folder in which the data of a volume of an app lie. */
  volumeFolder(appName: string, volume = 'data'): Promise<string> {
    return this.engines.volumeFolder(`${this.containerName(appName)}_${volume}`);
  }

  async leftovers(): Promise<EngineLeftovers> {
    const [row] = await this.server.dataSource.query('SELECT COUNT(*) AS n FROM app_port_leases');
    return { ...(await this.engines.names()), leases: Number(row.n) };
  }

  close(): Promise<void> {
    return this.end(() => this.engines.clear(this.images));
  }

  /** Leaves the engine alone: its apps belong to another lab with the same prefix. */
  closeServers(): Promise<void> {
    return this.end(() => Promise.resolve());
  }

  private async end(clear: () => Promise<void>): Promise<void> {
    for (const worker of this.workers) await worker.close();
    await this.server.close();
    await clear();
    await this.installation.destroy();
    await rm(this.catalog, { recursive: true, force: true });
  }
}

export interface AppInfo {
  readonly appName: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly status: '0' | '1' | '2';
  readonly port: string;
  readonly db_port: string;
  readonly info: string;
  readonly phase: string;
  readonly progress: number;
  readonly cause: string | null;
  readonly containerName: string;
  readonly version: string | null;
  readonly jobId: string;
  readonly logs: string[];
}

/** As the stack file has it: one process on each further node, for what only that machine knows. */
function startWorkers({ environment }: TestInstallation): Promise<RunningServer[]> {
  const further = places.slice(1).map(({ socket }) => `unix://${socket}`);
  return Promise.all(
    further.map((host) =>
      startServer(loadSettings({ ...environment, ROLE: 'worker', DOCKER_HOST: host })),
    ),
  );
}

/** Two ranges that no other test is likely to use, below the ephemeral ports. */
export function portRanges(): Environment {
  const from = 10_000 + randomInt(0, 220) * 100;
  return {
    APP_PORT_RANGE: `${from}-${from + 59}`,
    DB_PORT_RANGE: `${from + 60}-${from + 99}`,
  };
}

/** The empty report: nothing of the lab is left. */
export const CLEAN: EngineLeftovers = {
  containers: [],
  networks: [],
  volumes: [],
  files: [],
  leases: 0,
};

/** The page at a published port of whichever node, or null while nobody answers. */
export async function pageAt(port: string | number, path = '/'): Promise<string | null> {
  const pages = places.map(async ({ address }) => {
    const response = await fetch(`http://${address}:${port}${path}`, {
      // A kept connection would lead to a container that has been replaced meanwhile.
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(overSwarm ? 5_000 : 20_000),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return (await response.text()).trim();
  });
  return Promise.any(pages).catch(() => null);
}
