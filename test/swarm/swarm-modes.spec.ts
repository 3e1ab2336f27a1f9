import { randomBytes } from 'node:crypto';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn, type StandInBehaviour } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(240_000);

interface Service {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Mode: object };
}

interface Task {
  readonly ServiceID: string;
  readonly NodeID: string;
  readonly Status: { readonly State: string };
}

describe('modes of a service in a Swarm', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  beforeAll(async () => {
    swarm = await SwarmLab.start();
    const { host, docker } = swarm.manager;
    lab = await AppLab.start(
      { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host },
      docker,
    );
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  const image = (behaviour: StandInBehaviour): Promise<string> =>
    publishStandIn(`modes-${randomBytes(5).toString('hex')}:1`, behaviour);
  const service = async (name: string): Promise<Service> => {
    const all = (await swarm.manager.docker.listServices()) as unknown as Service[];
    return all.find(({ Spec }) => Spec.Name === name)!;
  };
  const tasksOf = async (name: string, state: string): Promise<Task[]> => {
    const { ID } = await service(name);
    const tasks = (await swarm.manager.docker.listTasks()) as Task[];
    return tasks.filter((t) => t.ServiceID === ID && t.Status.State === state);
  };
  const answers = (node: SwarmNode, port: string): Promise<boolean> =>
    fetch(`http://${node.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const english = () => lab.admin.http.with({ 'accept-language': 'en' });
  const change = async (path: string): Promise<void> => {
    const { status, body } = await english().post(path, {});
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  const remove = async (app: string): Promise<void> => {
    expect((await lab.uninstall(app)).status).toBe(200);
    expect(await swarm.manager.docker.listServices()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  };

  it('global: one on each node, also after a stop, a drain and a restart', async () => {
    const web = await image({ listen: [8080] });
    await lab.writeApp('each', `services:\n  web: { image: "${web}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], deploy: { mode: global } }\n`); // prettier-ignore
    const plan = await english().get('/api/v1/apps/each/plan');
    expect(JSON.stringify(plan.body)).toContain('one on each of');
    const { port } = await lab.installed('each');
    const main = lab.containerName('each');
    expect((await service(main)).Spec.Mode).toEqual({ Global: {} });
    for (const node of swarm.nodes) expect(await answers(node, port)).toBe(true);

    await change('/api/v1/apps/each/stop');
    expect(await lab.info('each')).toMatchObject({ status: '0', phase: 'stopped' });
    expect(await tasksOf(main, 'running')).toEqual([]);
    await change('/api/v1/apps/each/start');
    await lab.settled('each', '1', 60_000);

    const drained = swarm.nodes[2]!;
    await change(`/api/v1/nodes/${drained.id}/drain`);
    const left = async () => (await tasksOf(main, 'running')).length === 2;
    await pollUntil('the drained node to be free', left, { deadlineMs: 30_000 });
    await lab.settled('each', '1', 30_000);
    await change(`/api/v1/nodes/${drained.id}/activate`);
    await pollUntil('it to run there again', () => answers(drained, port), { deadlineMs: 60_000 });

    await change('/api/v1/apps/each/restart');
    await lab.settled('each', '1', 60_000);
    await pollUntil('it to run on all nodes', async () => (await tasksOf(main, 'running')).length === 3, { deadlineMs: 60_000 }); // prettier-ignore
    await remove('each');
  });

  it.each([
    ['global with data', 'volumes: ["data:/data"], deploy: { mode: global }', 'deploy.mode'],
    ['global with replicas', 'deploy: { mode: global, replicas: 2 }', 'deploy.replicas'],
    ['a job that starts again', 'restart: always, deploy: { mode: replicated-job }', 'restart'],
    ['a job on each node', 'deploy: { mode: global-job }', 'deploy.mode'],
  ])('refuses before anything is made: %s', async (_what, keys, named) => {
    const web = await image({ listen: [8080] });
    await lab.writeApp('odd', `services:\n  web: { image: "${web}", ${keys} }\nvolumes: { data: }\n`); // prettier-ignore
    const answer = await lab.install('odd');
    expect(answer.body.error).toBe(30000);
    expect(JSON.stringify(answer.body)).toContain(`services.web.${named}`);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('jobs: what others wait for runs to its end at each start', async () => {
    const init = await image({ prints: ['prepared'], exitCode: 0, exitAfterSeconds: 2 });
    const web = await image({ listen: [8080] });
    await lab.writeApp(
      'staged',
      `
services:
  web:
    image: "${web}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    depends_on: { init: { condition: service_completed_successfully } }
  init: { image: "${init}" }
  twice: { image: "${init}", deploy: { mode: replicated-job, replicas: 2 } }
`,
    );
    await lab.installed('staged');
    const main = lab.containerName('staged');
    expect(await tasksOf(`${main}-init`, 'complete')).toHaveLength(1);
    const both = async () => (await tasksOf(`${main}-twice`, 'complete')).length === 2;
    await pollUntil('both runs of the job to end', both, { deadlineMs: 30_000 });
    await lab.settled('staged', '1', 30_000);
    await change('/api/v1/apps/staged/stop');
    expect(await lab.info('staged')).toMatchObject({ status: '0', phase: 'stopped' });
    await change('/api/v1/apps/staged/start');
    await lab.settled('staged', '1', 60_000);
    expect(await tasksOf(`${main}-init`, 'complete')).not.toEqual([]);
    await remove('staged');
  });

  it('jobs: one that fails ends the install, with its words', async () => {
    const init = await image({ prints: ['no database'], exitCode: 4 });
    const web = await image({ listen: [8080] });
    await lab.writeApp('failing', `services:\n  web: { image: "${web}", ports: ["\${HTTP_PORT:-9001}:8080"], restart: always, depends_on: { init: { condition: service_completed_successfully } } }\n  init: { image: "${init}", restart: "on-failure:1" }\n`); // prettier-ignore
    expect((await lab.install('failing')).status).toBe(200);
    const info = await lab.ended('failing');
    expect(info).toMatchObject({ phase: 'failed', status: '2' });
    expect(info.logs.join()).toContain('no database');
    expect(await swarm.manager.docker.listServices()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('jobs: leaves nothing behind when the app is stopped or removed while it runs', async () => {
    const init = await image({ exitCode: 0, exitAfterSeconds: 600 });
    const web = await image({ listen: [8080] });
    await lab.writeApp('endless', `services:\n  web: { image: "${web}", ports: ["\${HTTP_PORT:-9001}:8080"], restart: always }\n  init: { image: "${init}", deploy: { mode: replicated-job } }\n`); // prettier-ignore
    await lab.installed('endless');
    const name = `${lab.containerName('endless')}-init`;
    await pollUntil('the job to run', async () => (await tasksOf(name, 'running')).length === 1, { deadlineMs: 60_000 }); // prettier-ignore
    await change('/api/v1/apps/endless/stop');
    expect(await tasksOf(name, 'running')).toEqual([]);
    await change('/api/v1/apps/endless/start');
    await pollUntil('it to run again', async () => (await tasksOf(name, 'running')).length === 1, { deadlineMs: 60_000 }); // prettier-ignore
    await remove('endless');
  });
});
