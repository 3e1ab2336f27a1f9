import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import Docker from 'dockerode';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(180_000);

interface Task {
  readonly NodeID: string;
  readonly Status: { readonly State: string; readonly ContainerStatus?: { ContainerID: string } };
  readonly NetworksAttachments?: { Network: { Spec: { Name: string } }; Addresses: string[] }[];
}

describe(SwarmLab.name, () => {
  let lab: SwarmLab;
  beforeAll(async () => {
    lab = await SwarmLab.start();
  });
  afterAll(async () => {
    await lab?.destroy();
    expect(Object.keys(networkInterfaces())).not.toContain(lab.interface);
  });

  const pageOf = async ({ address }: SwarmNode): Promise<string | null> =>
    fetch(`http://${address}:9300/`, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.text(),
      () => null,
    );
  const tasks = async (): Promise<Task[]> =>
    (await lab.manager.docker.listTasks({
      filters: { service: ['web'], 'desired-state': ['running'] },
    })) as Task[];

  it('runs a service on each node, with a port of the node and an overlay network between them', async () => {
    const image = await publishStandIn(`swarm-${randomBytes(4).toString('hex')}:1`, {
      listen: [8080],
      page: 'from a node',
    });
    const { docker } = lab.manager;
    const network = await docker.createNetwork({ Name: 'between', Driver: 'overlay' });
    await docker.createService({
      Name: 'web',
      Mode: { Global: {} },
      TaskTemplate: { ContainerSpec: { Image: image }, Networks: [{ Target: network.id }] },
      EndpointSpec: {
        Mode: 'dnsrr',
        Ports: [{ Protocol: 'tcp', TargetPort: 8080, PublishedPort: 9300, PublishMode: 'host' }],
      },
    } as unknown as Docker.CreateServiceOptions);
    for (const node of lab.nodes) {
      await pollUntil(`the page of ${node.name}`, async () => (await pageOf(node))?.includes('from a node'), { deadlineMs: 60_000 }); // prettier-ignore
    }

    const running = await tasks();
    expect(running.map(({ NodeID }) => NodeID).sort()).toEqual(
      lab.nodes.map(({ id }) => id).sort(),
    );
    for (const from of running) {
      const engine = lab.nodes.find(({ id }) => id === from.NodeID)!.docker;
      const container = engine.getContainer(from.Status.ContainerStatus!.ContainerID);
      for (const to of running) {
        const address = to.NetworksAttachments!.find(({ Network }) => Network.Spec.Name === 'between')!.Addresses[0]!.split('/')[0]; // prettier-ignore
        await pollUntil(`an answer from ${address}`, async () => {
          const Cmd = ['wget', '-qO-', `http://${address}:8080/`];
          const call = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true }); // prettier-ignore
          let said = '';
          for await (const chunk of await call.start({ Tty: true })) said += String(chunk);
          return said.includes('from a node');
        });
      }
    }
  });

  it('shows a node without power as down, and as ready again after it came back', async () => {
    const lost = lab.nodes[2]!;
    const state = async (): Promise<string> => {
      const node = (await lab.manager.docker.getNode(lost.id).inspect()) as {
        Status: { State: string };
      };
      return node.Status.State;
    };
    await lost.kill();
    await pollUntil('the node to be down', async () => (await state()) === 'down', {
      deadlineMs: 30_000,
    });
    await lost.up();
    await pollUntil('the node to be ready', async () => (await state()) === 'ready', {
      deadlineMs: 30_000,
    });
    await pollUntil('its page', async () => (await pageOf(lost))?.includes('from a node'), {
      deadlineMs: 60_000,
    });
  });

  it('starts an engine again that crashed, and keeps what it said', async () => {
    const hurt = lab.nodes[1]!;
    expect(hurt.crashes).toEqual([]);
    process.kill(await hurt.enginePid(), 'SIGABRT');
    await pollUntil('the crash to be noticed', () => hurt.crashes.length > 0);
    expect(hurt.crashes).toEqual([expect.stringMatching(/^SIGABRT: /)]);
    await pollUntil('the engine to answer', () => hurt.docker.ping().catch(() => null), {
      deadlineMs: 60_000,
    });
    await pollUntil('its page', async () => (await pageOf(hurt))?.includes('from a node'), {
      deadlineMs: 60_000,
    });
    expect(hurt.crashes).toHaveLength(1);
  });
});
