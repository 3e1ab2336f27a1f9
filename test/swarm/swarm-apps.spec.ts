import { randomBytes } from 'node:crypto';
import { startServer } from '../../src/bootstrap';
import { loadSettings } from '../../src/platform/config/load-settings';
import { OperatorError } from '../../src/platform/errors/operator-error';
import { AppLab, CLEAN, type AppInfo } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn, type StandInBehaviour } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';
import { createInstallation } from '../support/test-app';

jest.setTimeout(240_000);

interface Service {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Mode: { readonly Replicated: { readonly Replicas: number } };
    readonly TaskTemplate: {
      readonly ContainerSpec: { readonly Image: string; readonly Env?: string[] };
      readonly Placement: { readonly Constraints?: string[] };
    };
    readonly EndpointSpec: { readonly Mode: string; readonly Ports?: { PublishMode: string }[] };
  };
}

interface Task {
  readonly ServiceID: string;
  readonly NodeID: string;
  readonly Status: { readonly State: string };
}

const IN_SWARM = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0' };

describe('apps of an installation over a Swarm', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  beforeAll(async () => {
    swarm = await SwarmLab.start();
    const { host, docker } = swarm.manager;
    lab = await AppLab.start({ ...IN_SWARM, DOCKER_HOST: host }, docker);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  const image = (behaviour: StandInBehaviour): Promise<string> =>
    publishStandIn(`swarm-${randomBytes(5).toString('hex')}:1`, behaviour);
  const services = async (): Promise<Service[]> =>
    (await swarm.manager.docker.listServices()) as unknown as Service[];
  const serviceNamed = async (name: string): Promise<Service> =>
    (await services()).find(({ Spec }) => Spec.Name === name)!;
  const nodesOf = async (name: string): Promise<SwarmNode[]> => {
    const { ID } = await serviceNamed(name);
    const tasks = (await swarm.manager.docker.listTasks()) as Task[];
    const running = tasks.filter((t) => t.ServiceID === ID && t.Status.State === 'running');
    return running.map(({ NodeID }) => swarm.nodes.find(({ id }) => id === NodeID)!);
  };
  const page = async (node: SwarmNode, port: string, path = '/'): Promise<string | null> =>
    fetch(`http://${node.address}:${port}${path}`, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.text(),
      () => null,
    );
  const installed = async (name: string, body: object = {}): Promise<AppInfo> => {
    const answer = await lab.install(name, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return lab.settled(name, '1', 90_000);
  };
  const availability = async (node: SwarmNode, value: 'active' | 'drain'): Promise<void> => {
    const found = swarm.manager.docker.getNode(node.id) as unknown as {
      inspect(): Promise<object>;
      update(spec: object): Promise<void>;
    };
    const { Spec, Version } = (await found.inspect()) as {
      Spec: object;
      Version: { Index: number };
    };
    await found.update({ ...Spec, Availability: value, version: Version.Index });
  };
  const expectClean = async (): Promise<void> => {
    expect(await services()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  };

  it('run as one service for each Compose service, by digest, over a network of their own', async () => {
    const web = await image({ listen: [8080], page: 'over the swarm' });
    const database = await image({ listen: [5000], prints: ['ready'] });
    await lab.writeApp(
      'pair',
      `
services:
  web:
    image: "${web}"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    restart: unless-stopped
    depends_on: [store]
    environment: { STORE: store }
  store: { image: "${database}", restart: always }
`,
    );
    const info = await installed('pair');
    const names = (await services()).map(({ Spec }) => Spec.Name).sort();
    const main = lab.containerName('pair');
    expect(names).toEqual([main, `${main}-store`]);
    for (const { Spec } of await services()) {
      expect(Spec.TaskTemplate.ContainerSpec.Image).toMatch(/@sha256:[0-9a-f]{64}$/);
      expect(Spec.Labels['io.stackscape.installation']).toBe(info.jobId);
      expect(Spec.Labels['com.docker.compose.project']).toBe(main);
      expect(Spec.EndpointSpec.Mode).toBe('dnsrr');
      expect(Spec.TaskTemplate.Placement.Constraints ?? []).toEqual([]);
    }
    const [node] = await nodesOf(main);
    expect(await page(node!, info.port)).toContain('over the swarm');

    const stop = await lab.admin.http.post('/api/v1/apps/pair/stop', {});
    expect(stop.status).toBe(200);
    expect(await lab.info('pair')).toMatchObject({ status: '0', phase: 'stopped' });
    expect(await nodesOf(main)).toEqual([]);
    expect((await lab.admin.http.post('/api/v1/apps/pair/start', {})).status).toBe(200);
    await lab.settled('pair', '1', 60_000);
    expect((await lab.admin.http.post('/api/v1/apps/pair/restart', {})).status).toBe(200);
    await lab.settled('pair', '1', 60_000);
    const logs = await pollUntil('the log of the other service', async () => {
      const { body } = await lab.admin.http.get('/api/v1/apps/pair/logs?tail=20');
      return JSON.stringify(body.data).includes('ready') ? JSON.stringify(body.data) : null;
    });
    expect(logs).toContain('"service":"store"');

    expect((await lab.uninstall('pair')).status).toBe(200);
    await expectClean();
  });

  it('stay on the node that holds their data, which outlives a restart and goes when asked to', async () => {
    const files = { '/keep.sh': '#!/bin/sh\ndate +%s%N >> /data/starts\ncp /data/starts /www/starts\nexec /start.sh\n' }; // prettier-ignore
    const web = await image({ listen: [8080], files });
    await lab.writeApp(
      'keeper',
      `
services:
  web:
    image: "${web}"
    command: ["/keep.sh"]
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`,
    );
    const info = await installed('keeper');
    const main = lab.containerName('keeper');
    const { Spec } = await serviceNamed(main);
    expect(Spec.TaskTemplate.Placement.Constraints).toEqual([`node.id==${swarm.manager.id}`]);
    const starts = async (): Promise<number> =>
      ((await page(swarm.manager, info.port, '/starts')) ?? '').trim().split('\n').length;
    expect(await starts()).toBe(1);
    expect((await lab.admin.http.post('/api/v1/apps/keeper/restart', {})).status).toBe(200);
    await pollUntil('the second start', async () => (await starts()) === 2, { deadlineMs: 30_000 });
    expect((await lab.uninstall('keeper', false)).status).toBe(200);
    expect(await services()).toEqual([]);
    expect((await lab.leftovers()).volumes).toHaveLength(1);
    const again = await installed('keeper');
    expect(((await page(swarm.manager, again.port, '/starts')) ?? '').trim().split('\n').length).toBe(3); // prettier-ignore
    expect((await lab.uninstall('keeper')).status).toBe(200);
    await expectClean();
  });

  it('have their replicas on several nodes', async () => {
    const web = await image({ listen: [8080], page: 'one of three' });
    await lab.writeApp(
      'three',
      `
services:
  web:
    image: "${web}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    deploy: { replicas: 3 }
`,
    );
    const info = await installed('three');
    const nodes = await nodesOf(lab.containerName('three'));
    expect(nodes.map(({ name }) => name).sort()).toEqual(swarm.nodes.map(({ name }) => name));
    for (const node of nodes) expect(await page(node, info.port)).toContain('one of three');
    expect((await lab.uninstall('three')).status).toBe(200);
    await expectClean();
  });

  it('leave nothing behind when they do not come up, and say why', async () => {
    const broken = await image({ exitCode: 3, prints: ['no licence'] });
    const compose = `
services:
  web: { image: "${broken}", restart: "no", ports: ["\${HTTP_PORT:-9001}:8080"] }
`;
    await lab.writeApp('broken', compose);
    expect((await lab.install('broken')).status).toBe(200);
    const info = await lab.ended('broken', 90_000);
    expect(info).toMatchObject({ status: '2', phase: 'failed', cause: 'exited' });
    expect(info.info).toContain('exit code 3');
    expect(info.logs.join()).toContain('no licence');
    await expectClean();
  });

  it('leave nothing behind when the install is cancelled while they come up', async () => {
    const slow = await image({ listen: [8080], listenAfterSeconds: 60 });
    await lab.writeApp('slow', `services:\n  web: { image: "${slow}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }\nvolumes: { data: }\n`); // prettier-ignore
    expect((await lab.install('slow')).status).toBe(200);
    const isWaiting = async () => (await lab.info('slow')).phase === 'waiting';
    await pollUntil('the install to wait for the port', isWaiting);
    await lab.admin.http.post('/api/v1/apps/slow/cancel', {});
    expect(await lab.ended('slow', 60_000)).toMatchObject({ phase: 'cancelled' });
    await expectClean();
  });

  it('take another port where that of their node is in use', async () => {
    const web = await image({ listen: [8080], page: 'elsewhere' });
    const { from: port } = lab.server.settings.appPortRange;
    const network = await swarm.manager.docker.createNetwork({ Name: 'squat', Driver: 'overlay' });
    await swarm.manager.docker.createService({
      Name: 'squatter',
      TaskTemplate: {
        ContainerSpec: { Image: web },
        Placement: { Constraints: ['node.role==worker'] },
        Networks: [{ Target: network.id }],
      },
      Mode: { Global: {} },
      EndpointSpec: {
        Mode: 'dnsrr',
        Ports: [{ Protocol: 'tcp', TargetPort: 8080, PublishedPort: port, PublishMode: 'host' }],
      },
    } as never);
    await availability(swarm.manager, 'drain');
    try {
      for (const node of swarm.nodes.slice(1)) {
        const isThere = async () => (await page(node, String(port)))?.includes('elsewhere');
        await pollUntil('the squatter', isThere, { deadlineMs: 30_000 });
      }
      await lab.writeApp('mover', `services:\n  web: { image: "${web}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"] }\n`); // prettier-ignore
      const info = await installed('mover');
      expect(info.port).not.toBe(String(port));
      const [node] = await nodesOf(lab.containerName('mover'));
      expect(await page(node!, info.port)).toContain('elsewhere');
      expect((await lab.uninstall('mover')).status).toBe(200);
    } finally {
      await availability(swarm.manager, 'active');
      await swarm.manager.docker.getService((await serviceNamed('squatter')).ID).remove();
      const removed = (): Promise<boolean> =>
        network.remove().then(
          () => true,
          () => false,
        );
      await pollUntil('the network to be free', removed);
    }
    await expectClean();
  });

  it('are refused before anything is made where they need what a service does not have', async () => {
    const web = await image({ listen: [8080] });
    await lab.writeApp('odd', `services:\n  web: { image: "${web}", cpu_shares: 512 }\n`);
    const answer = await lab.install('odd');
    expect(answer.body.error).toBe(30000);
    expect(JSON.stringify(answer.body)).toContain('cpu_shares');
    await expectClean();
  });

  it('of a lost node are unknown with the cause, and known again when the node is back', async () => {
    const web = await image({ listen: [8080] });
    await lab.writeApp('remote', `services:\n  web: { image: "${web}", restart: always, ports: ["9001:8080"] }\n`); // prettier-ignore
    await availability(swarm.nodes[0]!, 'drain');
    await availability(swarm.nodes[1]!, 'drain');
    try {
      await installed('remote');
      const main = lab.containerName('remote');
      const [lost] = await nodesOf(main);
      expect(lost).toBe(swarm.nodes[2]);
      await lost!.link('down');
      const begun = Date.now();
      const info = await pollUntil('the app to be unknown', async () => {
        const now = await lab.info('remote');
        return now.phase === 'unknown' ? now : null;
      }, { deadlineMs: 20_000 }); // prettier-ignore
      expect(Date.now() - begun).toBeLessThan(20_000);
      expect(info).toMatchObject({ status: '2', cause: 'node-lost' });
      expect(info.info).toContain(lost!.name);
      await lost!.link('up');
      const isBack = async () => (await lab.info('remote')).status === '1';
      await pollUntil('the app to be known again', isBack, { deadlineMs: 30_000 });
    } finally {
      for (const node of swarm.nodes) await node.link('up');
      for (const node of swarm.nodes) await availability(node, 'active');
    }
    expect((await lab.uninstall('remote')).status).toBe(200);
    await expectClean();
  });
});

describe('a server with ORCHESTRATOR=swarm', () => {
  let swarm: SwarmLab;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
  });
  afterAll(() => swarm?.destroy());

  const refusal = async (environment: object): Promise<OperatorError> => {
    const installation = await createInstallation(environment as never);
    try {
      const settings = loadSettings(installation.environment);
      const error: unknown = await startServer(settings).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(OperatorError);
      return error as OperatorError;
    } finally {
      await installation.destroy();
    }
  };

  it('refuses an engine that is no manager, and an address that services cannot hold', async () => {
    const worker = { ...IN_SWARM, DOCKER_HOST: swarm.nodes[1]!.host };
    expect((await refusal(worker)).text.en).toContain('no manager of a Swarm');
    const single = await refusal({
      ...IN_SWARM,
      DOCKER_HOST: swarm.manager.host,
      APP_BIND: '127.0.0.1',
    });
    expect(single.text.en).toContain('APP_BIND=127.0.0.1 cannot be held');
  });

  it('refuses a database that belongs to the engine of the same machine', async () => {
    const lab = await AppLab.start({ DOCKER_HOST: swarm.manager.host }, swarm.manager.docker);
    try {
      const environment = { ...lab.server.environment, ...IN_SWARM };
      const error: unknown = await startServer(loadSettings(environment)).catch((e: unknown) => e);
      expect((error as OperatorError).text.en).toContain('npm run admin -- adopt-engine');
    } finally {
      await lab.close();
    }
  });
});
