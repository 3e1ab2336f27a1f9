import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppLab } from '../../support/factories/app-lab';
import { copyOfServer } from '../../support/swarm/copy-of-server';
import { publishStandIn } from '../../support/stand-in-image';
import { SwarmLab } from '../../support/swarm/swarm-lab';
import { StormProcess } from '../../chaos/storm/storm-process';

/** What a storm over a Swarm happens to: three engines, the product's processes and the apps of its catalog. */
export interface SwarmWorld {
  readonly swarm: SwarmLab;
  readonly lab: AppLab;
  /** On the first two nodes, which hold the data of apps. */
  readonly apis: readonly StormProcess[];
  /** One on each node. */
  readonly workers: readonly StormProcess[];
  /** Data folders of the nodes with an API. */
  readonly dataFolders: readonly string[];
  readonly apps: readonly string[];
  close(): Promise<void>;
}

export interface SwarmPlan {
  readonly apps: number;
  readonly managers: number;
  /** Planted in the processes, to see that it is found. */
  readonly plantedBug: string;
}

/**
 * In turn: one with data on its node, one of two services that may run anywhere, one of two replicas with a password,
 * a config and a secret.
 */
const KINDS: readonly ((image: string) => string)[] = [
  (image) => `
services:
  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }
volumes: { data: }
`,
  (image) => `
services:
  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], depends_on: [store] }
  store: { image: "${image}", restart: always }
`,
  (image) => `
services:
  web:
    image: "${image}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { KEY: "\${KEY:?}" }
    secrets: [word]
    configs: [{ source: conf, target: /etc/storm.conf }]
    deploy: { replicas: 2 }
secrets: { word: { content: "\${KEY}" } }
configs: { conf: { file: ./storm.conf } }
`,
];

const FILES: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {
    'storm.conf': 'colour=grey',
    '.env': 'HTTP_PORT=9001\nKEY=\n',
    'app.json': JSON.stringify({
      title: { zh: '键', en: 'Keyed' },
      main: { service: 'web', port: 8080 },
      variables: [{ name: 'KEY', title: { zh: '键', en: 'Key' }, type: 'password' }],
    }),
  },
];

export async function startSwarmWorld(plan: SwarmPlan): Promise<SwarmWorld> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let end = closers.pop(); end; end = closers.pop()) await end();
  };
  const logs = process.env['CHAOS_LOGS'];
  if (logs) await mkdir(logs, { recursive: true });
  try {
    const swarm = await SwarmLab.start(3, [], plan.managers);
    closers.push(() => swarm.destroy());
    if (logs)
      closers.push(() =>
        Promise.all(swarm.nodes.map(({ name, log }) => copyFile(log, join(logs, `${name}.log`)))),
      );
    const { host, docker } = swarm.manager;
    const settings = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host };
    const environment = { ...settings, ROLE: 'api', ACCESS_TOKEN_SECONDS: '86400' };
    const lab = await AppLab.start(environment, docker);
    closers.push(() => lab.close());

    const image = await publishStandIn(`storm-${randomBytes(5).toString('hex')}:1`, {
      listen: [8080],
    });
    const apps = Array.from({ length: plan.apps }, (_, i) => `app-${i + 1}`);
    for (const [i, name] of apps.entries())
      await lab.writeApp(name, KINDS[i % KINDS.length]!(image), FILES[i % FILES.length]);

    const dataFolders = [lab.server.settings.dataDir, await copyOfServer(lab)];
    closers.push(() => rm(dataFolders[1]!, { recursive: true, force: true }));
    const processes: StormProcess[] = [];
    closers.push(() => Promise.all(processes.map((process) => process.close())));
    const start = async (
      name: string,
      role: 'api' | 'worker',
      node: number,
    ): Promise<StormProcess> => {
      // prettier-ignore
      const own = { ...lab.installation.environment, DOCKER_HOST: swarm.nodes[node]!.host, DATA_DIR: dataFolders[node] ?? dataFolders[0] }; // prettier-ignore
      const process = await StormProcess.prepare(name, role, own, plan.plantedBug);
      processes.push(process);
      process.start();
      return process;
    };
    const apis = await Promise.all(dataFolders.map((_, i) => start(`api-${i + 1}`, 'api', i)));
    await Promise.all(apis.map((api) => api.untilReady()));
    const workers = await Promise.all(swarm.nodes.map((_, i) => start(`worker-${i + 1}`, 'worker', i))); // prettier-ignore
    return { swarm, lab, apis, workers, dataFolders, apps, close };
  } catch (error) {
    await close();
    throw error;
  }
}
