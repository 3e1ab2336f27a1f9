import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type Docker from 'dockerode';
import { AppResolver } from '../../../src/apps/resolver/app-resolver';
import { wantedReplicas } from '../../../src/platform/docker/swarm/service-mode';
import type { RawService } from '../../../src/platform/docker/swarm/swarm-types';
import { pollUntil } from '../../support/poll-until';
import type { Rest } from './swarm-load';
import type { SwarmWorld } from './swarm-world';
import { tally } from './tally';

/** What must not be there; all zero is right. */
export interface SwarmCounts {
  /** Installations with work under way that does not end. */
  readonly notEnded: number;
  /** Apps that are not what the last operation accepted on them asked for. */
  readonly wrongState: number;
  /** Services of one app's service beside another one, containers beyond the replicas of theirs, data on two nodes. */
  readonly twice: number;
  readonly orphans: {
    readonly services: number;
    readonly containers: number;
    readonly networks: number;
    readonly volumes: number;
    /** Configs and secrets of the Swarm without an app, or that no service has. */
    readonly files: number;
    /** Passwords in the database. */
    readonly secrets: number;
    readonly leases: number;
    readonly folders: number;
  };
}

interface Row {
  readonly id: string;
  readonly appName: string;
  readonly state: string;
  readonly manifest: string;
}

interface RawFile {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels?: Readonly<Record<string, string>> };
}

/** By app, any of what it may be; an app without an entry is not installed. */
export type Wanted = ReadonlyMap<string, ReadonlySet<Rest>>;

/** Shorter for planted defects, which never come to rest. */
const REST_MS = Number(process.env['SWARM_STORM_REST_SECONDS'] ?? 420) * 1000;
const WORKING = `state NOT IN ('installed', 'failed', 'cancelled', 'removed')`;

/**
 * Lets the product come to rest, then compares its rows with what the engines hold; with each count what it stands for.
 * `uninstallAll`: removes all apps first, after which nothing may be left at all.
 */
export class SwarmCheck {
  /** Names behind the counts. */
  readonly details: string[] = [];

  constructor(private readonly world: SwarmWorld) {}

  async rest(): Promise<void> {
    const { swarm, apis, workers } = this.world;
    for (const process of [...apis, ...workers]) if (!process.isAlive) process.start();
    await Promise.all(apis.map((api) => api.untilReady()));
    await this.settles('all nodes to be ready', async () => {
      const nodes = (await swarm.manager.docker.listNodes()) as { Status: { State: string } }[];
      return nodes.every(({ Status }) => Status.State === 'ready');
    });
    await this.settles('all work to end', async () => (await this.working()).length === 0);
  }

  async uninstallAll(): Promise<void> {
    const { lab, apps } = this.world;
    for (const app of apps)
      await this.settles(`${app} to be uninstalled`, async () => {
        const { status } = await lab.uninstall(app);
        return status === 200 || status === 404;
      });
  }

  async count(wanted: Wanted): Promise<SwarmCounts> {
    let counts = await this.countNow(wanted);
    await this.settles('nothing to be wrong', async () => {
      this.details.length = 0;
      counts = await this.countNow(wanted);
      return this.details.length === 0;
    });
    return counts;
  }

  private async countNow(wanted: Wanted): Promise<SwarmCounts> {
    const { swarm, lab } = this.world;
    const { docker } = swarm.manager;
    const rows = await this.rows<Row>('SELECT * FROM app_installations WHERE activeApp IS NOT NULL'); // prettier-ignore
    const active = new Map(rows.map((row) => [row.id, row]));
    const names = new Set(rows.map(({ appName }) => appName));
    const isOurs = (name = ''): boolean => name.startsWith(lab.prefix);
    const services = ((await docker.listServices()) as unknown as RawService[]).filter(({ Spec }) => isOurs(Spec.Name)); // prettier-ignore
    const installationOf = ({ Spec }: RawService): string => Spec.Labels['io.stackscape.installation'] ?? ''; // prettier-ignore

    const seen = new Set<string>();
    const twins = services.filter(({ Spec: { Labels: l } }) => {
      const key = `${l['io.stackscape.app']}/${l['com.docker.compose.service']}`;
      return seen.has(key) || !seen.add(key);
    });
    const containers = (await Promise.all(swarm.nodes.map((node) => containersOf(node.docker)))).flat(); // prettier-ignore
    const running = (id: string): number => containers.filter((c) => c.service === id && c.isRunning).length; // prettier-ignore
    const surplus = services.filter((service) => running(service.ID) > wantedReplicas(service));
    const known = new Set(services.map(({ ID }) => ID));
    const volumes = (await Promise.all(swarm.nodes.map(async (node) => (await node.docker.listVolumes()).Volumes))).flat(); // prettier-ignore
    const kept = new Set(rows.flatMap(({ manifest }) => (JSON.parse(manifest) as { volumes: string[] }).volumes)); // prettier-ignore
    const networks = await docker.listNetworks();
    const files = [...(await docker.listSecrets()), ...(await docker.listConfigs())] as unknown as RawFile[]; // prettier-ignore
    const mounted = new Set(services.flatMap(filesOf));
    const hasApp = ({ Spec: { Labels = {} } }: RawFile): boolean => active.has(Labels['io.stackscape.installation'] ?? ''); // prettier-ignore
    const leases = await this.rows<{ port: number }>(
      'SELECT l.port FROM app_port_leases l LEFT JOIN app_installations i ON i.id = l.installationId AND i.activeApp IS NOT NULL WHERE i.id IS NULL',
    );
    const passwords = await this.rows<{ appName: string }>('SELECT appName FROM app_secrets');
    const folders = (await Promise.all(this.folders().map((one) => readdir(one).catch(() => [])))).flat(); // prettier-ignore
    const copies = tally(volumes.filter(({ Name }) => isOurs(Name)).map(({ Name }) => Name));

    return {
      notEnded: this.note('not ended', (await this.working()).map(({ appName, state }) => `${appName} ${state}`)), // prettier-ignore
      wrongState: this.note('wrong state', await this.wrongStates(wanted, rows)),
      twice: this.note('twice', [
        ...[...twins, ...surplus].map(({ Spec }) => Spec.Name),
        ...[...copies].filter(([, count]) => count > 1).map(([name]) => name),
      ]),
      orphans: {
        services: this.note('service', services.filter((s) => !active.has(installationOf(s))).map(({ Spec }) => Spec.Name)), // prettier-ignore
        containers: this.note('container', containers.filter((c) => isOurs(c.name) && !known.has(c.service)).map(({ name }) => name)), // prettier-ignore
        networks: this.note('network', networks.filter((n) => isOurs(n.Name) && !active.has(n.Labels?.['io.stackscape.installation'] ?? '')).map(({ Name }) => Name)), // prettier-ignore
        volumes: this.note('volume', volumes.filter(({ Name }) => isOurs(Name) && !kept.has(Name)).map(({ Name }) => Name)), // prettier-ignore
        files: this.note('config or secret', files.filter((f) => !hasApp(f) || !mounted.has(f.ID)).map(({ Spec }) => Spec.Name)), // prettier-ignore
        secrets: this.note('password', passwords.filter(({ appName }) => !names.has(appName)).map(({ appName }) => appName)), // prettier-ignore
        leases: this.note(
          'lease',
          leases.map(({ port }) => String(port)),
        ),
        folders: this.note(
          'folder',
          folders.filter((name) => !names.has(name)),
        ),
      },
    };
  }

  /** Where the servers of the nodes keep the folders of apps. */
  private folders(): string[] {
    const { lab, dataFolders } = this.world;
    const first = dirname(lab.server.app.get(AppResolver, { strict: false }).projectDir('any'));
    return dataFolders.map((folder) => join(folder, relative(dataFolders[0]!, first)));
  }

  /** Apps that are not what was asked for last, with what is said of them. */
  private async wrongStates(wanted: Wanted, rows: readonly Row[]): Promise<string[]> {
    const found: string[] = [];
    for (const app of this.world.apps) {
      const expected = wanted.get(app) ?? new Set<Rest>(['not installed']);
      const said = await this.restOf(app, rows);
      if (!expected.has(said.rest as Rest)) found.push(`${app} is ${said.rest}${said.why}, not ${[...expected].join(' or ')}`); // prettier-ignore
    }
    return found;
  }

  private async restOf(app: string, rows: readonly Row[]): Promise<{ rest: string; why: string }> {
    const row = rows.find(({ appName }) => appName === app);
    if (!row) return { rest: 'not installed', why: '' };
    const { phase, cause, info } = await this.world.lab.info(app);
    return { rest: phase, why: ` (${row.state}, ${cause}: ${info})` };
  }

  private working(): Promise<Row[]> {
    return this.rows(`SELECT * FROM app_installations WHERE ${WORKING}`);
  }

  private rows<T>(sql: string): Promise<T[]> {
    return this.world.lab.server.dataSource.query<T[]>(sql);
  }

  private note(what: string, found: readonly string[]): number {
    this.details.push(...found.map((one) => `${what}: ${one}`));
    return found.length;
  }

  private async settles(what: string, probe: () => Promise<boolean>): Promise<void> {
    const quiet = (): Promise<boolean> => probe().catch(() => false);
    await pollUntil(what, quiet, { deadlineMs: REST_MS, everyMs: 1_000 }).catch(() =>
      process.stderr.write(`[swarm storm] in vain waited for ${what}\n`),
    );
  }
}

/** Ids of the configs and secrets that it has. */
function filesOf({ Spec }: RawService): string[] {
  const { Secrets = [], Configs = [] } = Spec.TaskTemplate.ContainerSpec as {
    readonly Secrets?: readonly { readonly SecretID: string }[];
    readonly Configs?: readonly { readonly ConfigID: string }[];
  };
  return [...Secrets.map((s) => s.SecretID), ...Configs.map((c) => c.ConfigID)];
}

interface Container {
  readonly name: string;
  readonly service: string;
  readonly isRunning: boolean;
}

async function containersOf(docker: Docker): Promise<Container[]> {
  return (await docker.listContainers({ all: true })).map(({ Names, Labels, State }) => ({
    name: Names[0]?.slice(1) ?? '',
    service: Labels['com.docker.swarm.service.id'] ?? '',
    isRunning: State === 'running',
  }));
}
