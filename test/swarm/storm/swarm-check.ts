import { wantedReplicas } from '../../../src/platform/docker/swarm/service-mode';
import type { RawService } from '../../../src/platform/docker/swarm/swarm-types';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { AppResolver } from '../../../src/apps/resolver/app-resolver';
import { pollUntil } from '../../support/poll-until';
import type { SwarmWorld } from './swarm-world';

/** What must not be there; all zero is right. */
export interface SwarmCounts {
  /** Installations with work under way that does not end. */
  readonly notEnded: number;
  /** Installed apps that neither run nor were stopped. */
  readonly wrongState: number;
  /** Services of one app's service beside another one, and containers beyond the replicas of theirs. */
  readonly twice: number;
  readonly orphans: {
    readonly services: number;
    readonly containers: number;
    readonly networks: number;
    readonly volumes: number;
    readonly secrets: number;
    readonly leases: number;
    readonly folders: number;
  };
}

interface Row {
  readonly id: string;
  readonly appName: string;
  readonly state: string;
  readonly stopped: number;
  readonly manifest: string;
}

const REST_MS = 420_000;
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

  async count(): Promise<SwarmCounts> {
    let counts = await this.countNow();
    await this.settles('nothing to be wrong', async () => {
      this.details.length = 0;
      counts = await this.countNow();
      return this.details.length === 0;
    });
    return counts;
  }

  private async countNow(): Promise<SwarmCounts> {
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
    const secrets = [...((await docker.listSecrets()) as unknown[]), ...((await docker.listConfigs()) as unknown[])]; // prettier-ignore
    const leases = await this.rows<{ port: number }>(
      'SELECT l.port FROM app_port_leases l LEFT JOIN app_installations i ON i.id = l.installationId AND i.activeApp IS NOT NULL WHERE i.id IS NULL',
    );
    const passwords = await this.rows<{ appName: string }>('SELECT appName FROM app_secrets');
    const folder = dirname(lab.server.app.get(AppResolver, { strict: false }).projectDir('any'));
    const folders = await readdir(folder).catch(() => []);

    return {
      notEnded: this.note('not ended', (await this.working()).map(({ appName, state }) => `${appName} ${state}`)), // prettier-ignore
      wrongState: this.note('wrong state', await this.wrongStates(rows)),
      twice: this.note(
        'twice',
        [...twins, ...surplus].map(({ Spec }) => Spec.Name),
      ),
      orphans: {
        services: this.note('service', services.filter((s) => !active.has(installationOf(s))).map(({ Spec }) => Spec.Name)), // prettier-ignore
        containers: this.note('container', containers.filter((c) => isOurs(c.name) && !known.has(c.service)).map(({ name }) => name)), // prettier-ignore
        networks: this.note('network', networks.filter((n) => isOurs(n.Name) && !active.has(n.Labels?.['io.stackscape.installation'] ?? '')).map(({ Name }) => Name)), // prettier-ignore
        volumes: this.note('volume', volumes.filter(({ Name }) => isOurs(Name) && !kept.has(Name)).map(({ Name }) => Name)), // prettier-ignore
        secrets: this.note('secret', [...secrets.map(String), ...passwords.filter(({ appName }) => !names.has(appName)).map(({ appName }) => appName)]), // prettier-ignore
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

  /** Apps that are neither running nor stopped, with what is said of them. */
  private async wrongStates(rows: readonly Row[]): Promise<string[]> {
    const found: string[] = [];
    for (const { appName, state, stopped } of rows) {
      if (state !== 'installed') continue;
      const { phase, cause, info } = await this.world.lab.info(appName);
      const expected = stopped ? 'stopped' : 'running';
      if (phase !== expected) found.push(`${appName} is ${phase} (${cause}: ${info}), not ${expected}`); // prettier-ignore
    }
    return found;
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
