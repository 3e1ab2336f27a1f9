import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { LOCKED_LOGIN, LockedRegistry } from '../support/factories/refusing-registry';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(240_000);

interface Service {
  readonly ID: string;
  readonly Spec: { readonly Name: string } & Readonly<Record<string, unknown>>;
}

interface Task {
  readonly ServiceID: string;
  readonly NodeID: string;
  readonly Status: { readonly State: string };
}

describe('what the deploy section of a service and the settings say to a Swarm', () => {
  let folder: string;
  let locked: LockedRegistry;
  let swarm: SwarmLab;
  let lab: AppLab;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logins-'));
    locked = await LockedRegistry.start({ hasLogin: true });
    swarm = await SwarmLab.start(2, [locked.address]);
    const { host, docker } = swarm.manager;
    lab = await AppLab.start(
      {
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: host,
        SWARM_ENCRYPT_NETWORKS: 'true',
        REGISTRY_AUTH_FILE: join(folder, 'config.json'),
      },
      docker,
    );
    await logIn(LOCKED_LOGIN.password);
    await label(swarm.nodes[1]!, { zone: 'b' });
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
    await locked?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function logIn(password: string): Promise<void> {
    const auth = Buffer.from(`${LOCKED_LOGIN.username}:${password}`).toString('base64');
    const file = JSON.stringify({ auths: { [locked.address]: { auth } } });
    await writeFile(join(folder, 'config.json'), file);
  }
  async function label(node: SwarmNode, Labels: object): Promise<void> {
    const found = swarm.manager.docker.getNode(node.id) as unknown as {
      inspect(): Promise<{ Spec: object; Version: { Index: number } }>;
      update(spec: object): Promise<void>;
    };
    const { Spec, Version } = await found.inspect();
    await found.update({ ...Spec, Labels, version: Version.Index });
  }
  const name = (): string => `deploy-${randomBytes(5).toString('hex')}:1`;
  const service = async (app: string): Promise<Service> => {
    const all = (await swarm.manager.docker.listServices()) as unknown as Service[];
    return all.find(({ Spec }) => Spec.Name === lab.containerName(app))!;
  };
  const nodesOf = async (app: string): Promise<SwarmNode[]> => {
    const { ID } = await service(app);
    const tasks = (await swarm.manager.docker.listTasks()) as Task[];
    const running = tasks.filter((t) => t.ServiceID === ID && t.Status.State === 'running');
    return running.map(({ NodeID }) => swarm.nodes.find(({ id }) => id === NodeID)!);
  };
  const isReachable = (node: SwarmNode, port: string): Promise<boolean> =>
    fetch(`http://${node.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const install = async (app: string): Promise<{ port: string }> => {
    const answer = await lab.install(app);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return lab.settled(app, '1', 90_000);
  };
  const remove = async (app: string): Promise<void> => {
    expect((await lab.uninstall(app)).status).toBe(200);
    expect(await swarm.manager.docker.listServices()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  };

  it('decides where it runs, how its name is found and how it is updated by hand', async () => {
    const image = await publishStandIn(name(), { listen: [8080] });
    await lab.writeApp(
      'placed',
      `
services:
  web:
    image: "${image}"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    deploy:
      endpoint_mode: vip
      labels: { tier: front, io.stackscape.app: other }
      placement:
        constraints: ["node.labels.zone == b"]
        preferences: [{ spread: node.labels.zone }]
        max_replicas_per_node: 1
      resources: { reservations: { cpus: "0.1" } }
      restart_policy: { condition: any, delay: 1s, window: 2s }
      update_config: { parallelism: 2, delay: 3s, failure_action: rollback, monitor: 4s, max_failure_ratio: 0.5, order: start-first }
      rollback_config: { parallelism: 1, order: stop-first }
`,
    );
    const { port } = await install('placed');
    const { Spec } = await service('placed');
    expect(Spec).toMatchObject({
      Labels: { tier: 'front', 'io.stackscape.app': 'placed' },
      EndpointSpec: { Mode: 'vip' },
      TaskTemplate: {
        Resources: { Reservations: { NanoCPUs: 1e8 } },
        RestartPolicy: { Condition: 'any', Delay: 1e9, Window: 2e9 },
        Placement: {
          Constraints: ['node.labels.zone == b'],
          Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
          MaxReplicas: 1,
        },
      },
      UpdateConfig: {
        Parallelism: 2,
        Delay: 3e9,
        FailureAction: 'rollback',
        Monitor: 4e9,
        MaxFailureRatio: 0.5,
        Order: 'start-first',
      },
      RollbackConfig: { Parallelism: 1, Order: 'stop-first' },
    });
    expect(await nodesOf('placed')).toEqual([swarm.nodes[1]]);
    expect(await isReachable(swarm.nodes[1]!, port)).toBe(true);
    expect((await lab.admin.http.post('/api/v1/apps/placed/restart', {})).status).toBe(200);
    await lab.settled('placed', '1', 60_000);
    expect(await nodesOf('placed')).toEqual([swarm.nodes[1]]);
    await remove('placed');
  });

  it('refuses values that no Swarm takes before anything is made', async () => {
    const image = await publishStandIn(name(), { listen: [8080] });
    await lab.writeApp(
      'wrong',
      `services:\n  web: { image: "${image}", deploy: { mode: global-job, endpoint_mode: mesh, placement: { constraints: ["node.disk==ssd"] }, update_config: { order: first } } }\n`,
    );
    const answer = await lab.install('wrong');
    expect(answer.body.error).toBe(30000);
    for (const key of ['mode', 'endpoint_mode', 'placement.constraints', 'update_config.order']) {
      expect(JSON.stringify(answer.body)).toContain(`services.web.deploy.${key}`);
    }
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('has a worker pull from a registry with a login, and encrypts between nodes', async () => {
    const target = { address: locked.address, ...LOCKED_LOGIN };
    const image = await publishStandIn(name(), { listen: [8080] }, target);
    await lab.writeApp(
      'private',
      `services:\n  web: { image: "${image}", restart: always, ports: ["9001:8080"], deploy: { placement: { constraints: [node.role==worker] } } }\n`,
    );
    await logIn('wrong-word');
    const refused = await lab.install('private');
    if (refused.status === 200)
      expect((await lab.ended('private')).info).toContain('REGISTRY_AUTH_FILE'); // prettier-ignore
    else expect(JSON.stringify(refused.body)).toContain(image);
    await logIn(LOCKED_LOGIN.password);
    const { port } = await install('private');
    expect(await nodesOf('private')).toEqual([swarm.nodes[1]]);
    expect(await isReachable(swarm.nodes[1]!, port)).toBe(true);
    const networks = await swarm.manager.docker.listNetworks();
    const own = networks.find(({ Name }) => Name === `${lab.containerName('private')}_default`);
    expect(own).toMatchObject({ Driver: 'overlay', Options: { encrypted: '' } });
    expect(JSON.stringify(await service('private'))).not.toContain(LOCKED_LOGIN.password);
    await remove('private');
  });
});
