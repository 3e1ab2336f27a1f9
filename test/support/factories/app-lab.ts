import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import type { Environment } from '../../../src/platform/config/load-settings';
import type { HttpAnswer } from '../http-client';
import { pollUntil } from '../poll-until';
import { buildStandIn, removeStandIn, type StandInBehaviour } from '../stand-in-image';
import { createInstallation, startTestApp, type TestApp, type TestInstallation } from '../test-app';
import { signUpAdmin, type SignedIn } from './users';

export const docker = new Docker();

/** What the engine holds of one lab; all zero is clean. */
export interface EngineLeftovers {
  readonly containers: string[];
  readonly networks: string[];
  readonly volumes: string[];
  /** Configs and secrets of the Swarm; none of a single engine. */
  readonly files: string[];
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
    readonly engine: Docker,
  ) {}

  /** @param engine another one than that which all tests share; `overrides` must name it too */
  static async start(overrides: Environment = {}, engine = docker): Promise<AppLab> {
    const catalog = await mkdtemp(join(tmpdir(), 'stackscape-catalog-'));
    const environment = { CATALOG_PATHS: catalog, ...portRanges(), ...overrides };
    const installation = await createInstallation(environment);
    const server = await startTestApp({}, installation);
    const admin = await signUpAdmin(server);
    const prefix = server.settings.containerPrefix;
    return new AppLab(installation, server, admin, catalog, prefix, engine);
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

  /** A local image that behaves as told, removed at the end. */
  async image(behaviour: StandInBehaviour = {}): Promise<string> {
    const reference = `lab-${randomBytes(5).toString('hex')}:1`;
    await buildStandIn(reference, behaviour, this.engine);
    this.images.add(reference);
    return reference;
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

  containerName(appName: string): string {
    return `${this.prefix}${appName}`;
  }

  async leftovers(): Promise<EngineLeftovers> {
    const mine = (name: string | undefined): boolean => Boolean(name?.startsWith(this.prefix));
    const containers = await this.engine.listContainers({ all: true });
    const networks = await this.engine.listNetworks();
    const volumes = await this.engine.listVolumes();
    const files = await filesOf(this.engine, this.server.settings.orchestrator);
    const [row] = await this.server.dataSource.query('SELECT COUNT(*) AS n FROM app_port_leases');
    return {
      containers: containers.map((c) => c.Names[0]?.slice(1)).filter(mine) as string[],
      networks: networks.map((n) => n.Name).filter(mine),
      volumes: volumes.Volumes.map((v) => v.Name).filter(mine),
      files: files.map((file) => file.Spec?.Name).filter(mine) as string[],
      leases: Number(row.n),
    };
  }

  async close(): Promise<void> {
    await this.server.close();
    await removeFromEngine(this.prefix, this.engine);
    for (const image of this.images) await removeStandIn(image, this.engine).catch(() => undefined);
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

/** The engine of a Swarm is a manager; one by itself refuses the question. */
async function filesOf(engine: Docker, orchestrator: string): Promise<Docker.ConfigInfo[]> {
  if (orchestrator !== 'swarm') return [];
  const [configs, secrets] = await Promise.all([engine.listConfigs(), engine.listSecrets()]);
  return [...configs, ...secrets] as Docker.ConfigInfo[];
}

/** Removes what an installation with this prefix left on the engine, images that it built too. */
export async function removeFromEngine(prefix: string, engine = docker): Promise<void> {
  const shared = prefix.replace(/-$/, '');
  const isOurs = (name = ''): boolean => name.startsWith(prefix) || name === shared;
  const quietly = (removal: Promise<unknown>): Promise<unknown> => removal.catch(() => undefined);
  for (const { Id, Names, Labels } of await engine.listContainers({ all: true }))
    if (isOurs(Names[0]?.slice(1)) || isOurs(Labels['com.docker.compose.project']))
      await quietly(engine.getContainer(Id).remove({ force: true, v: true }));
  for (const { Id, Name } of await engine.listNetworks())
    if (isOurs(Name)) await quietly(engine.getNetwork(Id).remove());
  for (const { Name } of (await engine.listVolumes()).Volumes)
    if (isOurs(Name)) await quietly(engine.getVolume(Name).remove());
  // The store keeps what it built for the next install.
  for (const tag of (await engine.listImages()).flatMap(({ RepoTags: tags }) => tags ?? []))
    if (tag.startsWith(prefix)) await quietly(removeStandIn(tag, engine));
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

/** The page at a published port, or null while nobody answers. */
export async function pageAt(port: string | number, path = '/'): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(20_000),
    });
    return response.ok ? (await response.text()).trim() : null;
  } catch {
    return null;
  }
}
