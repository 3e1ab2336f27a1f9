import { randomBytes } from 'node:crypto';
import { killAfterEveryStep } from '../chaos/kill-after-every-step';
import { WorkerProcess } from '../chaos/worker-process';
import { CommandLine } from '../support/command-line';
import { AppLab, CLEAN, type AppInfo } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn, testRegistry } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(400_000);

const PATIENT = { deadlineMs: 120_000, everyMs: 200 };
/** Of the changes to the Swarm in a move that goes well. */
const FORWARD_POINTS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Of those once the app is being returned to where it was. */
const BACK_POINTS = [1, 2, 3, 4];

interface Service {
  readonly Spec: {
    readonly Name: string;
    readonly Mode: { readonly Replicated: { readonly Replicas: number } };
    readonly TaskTemplate: {
      readonly ContainerSpec: { readonly Image: string };
      readonly Placement: { readonly Constraints?: readonly string[] };
    };
  };
}

describe('moves of apps without data in a Swarm', () => {
  let swarm: SwarmLab;
  /** The registry, for the one image that a node cannot pull while it is cut. */
  let registry: TcpProxy;
  let manager: SwarmNode;
  let worker: SwarmNode;
  let image: string;
  let rare: string;
  beforeAll(async () => {
    const [host = '', port] = testRegistry().split(':');
    registry = await TcpProxy.before(host, Number(port));
    swarm = await SwarmLab.start(2, [`127.0.0.1:${registry.port}`]);
    [manager, worker] = swarm.nodes as [SwarmNode, SwarmNode];
    image = await publish('everywhere');
    rare = await publishRare();
  });
  afterAll(async () => {
    await swarm?.destroy();
    await registry?.cut();
  });

  const publish = (page: string): Promise<string> =>
    publishStandIn(`moves-${randomBytes(5).toString('hex')}:1`, { listen: [8080], page });
  /** One that a node cannot pull while the registry is cut, unless it has it already. */
  const publishRare = async (): Promise<string> =>
    (await publish('rare')).replace(testRegistry(), `127.0.0.1:${registry.port}`);
  const compose = (of: string, more = ''): string => `
services:
  web:
    image: "${of}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    configs: [{ source: colour, target: /etc/colour }]
    ${more}
  helper: { image: "${of}", restart: always }
configs: { colour: { content: red } }
`;
  const startLab = (more: Readonly<Record<string, string>> = {}): Promise<AppLab> =>
    AppLab.start(
      { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: manager.host, ...more },
      manager.docker,
    );
  const services = async (): Promise<Service[]> => {
    const all = (await manager.docker.listServices()) as unknown as Service[];
    return all.sort((a, b) => (a.Spec.Name < b.Spec.Name ? -1 : 1));
  };
  /** Names, images and constraints of all services: where it is and what it is. */
  const outline = async (): Promise<[string, string, readonly string[]][]> =>
    (await services()).map(({ Spec: { Name, TaskTemplate } }) => [
      Name,
      TaskTemplate.ContainerSpec.Image,
      TaskTemplate.Placement.Constraints ?? [],
    ]);
  const configs = async (): Promise<string[]> =>
    ((await manager.docker.listConfigs()) as unknown as { ID: string }[]).map(({ ID }) => ID).sort(); // prettier-ignore
  const pageOf = (node: SwarmNode, port: string): Promise<string | null> =>
    fetch(`http://${node.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.text()).trim(),
      () => null,
    );
  const http = (lab: AppLab) => lab.admin.http.with({ 'accept-language': 'en' });
  const move = (lab: AppLab, app: string, node: string) =>
    http(lab).post(`/api/v1/apps/${app}/move`, { node });
  const moved = async (lab: AppLab, app: string, node: string): Promise<string> => {
    const { status, body } = await move(lab, app, node);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.data.jobId as string;
  };
  const over = (lab: AppLab, app: string): Promise<AppInfo> =>
    pollUntil(`the move of ${app} to end`, async () => {
      const info = await lab.info(app);
      return info.phase === 'running' && info.status === '1' ? info : null;
    }, PATIENT); // prettier-ignore
  const nodesWith = async (lab: AppLab, app: string): Promise<string[]> => {
    const { body } = await http(lab).get('/api/v1/nodes');
    const nodes = body.data as { name: string; apps: { appName: string; ports: number[] }[] }[];
    const on = nodes.filter(({ apps }) => apps.some(({ appName }) => appName === app));
    return on.map(({ name }) => name);
  };
  const gone = async (lab: AppLab, app: string): Promise<void> => {
    expect((await lab.uninstall(app)).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
    expect([await services(), await configs()]).toEqual([[], []]);
  };

  describe('asked for by an administrator', () => {
    let lab: AppLab;
    beforeAll(async () => {
      lab = await startLab();
    });
    afterAll(() => lab?.close());

    it('go to another node and back, with the same port, image, configs and passwords', async () => {
      await lab.writeApp('walks', compose(image));
      const { port } = await lab.installed('walks', { node: manager.name });
      const before = { configs: await configs(), services: await services() };
      await moved(lab, 'walks', worker.name);
      expect(await over(lab, 'walks')).toMatchObject({ port, info: '' });
      expect(await nodesWith(lab, 'walks')).toEqual([worker.name]);
      expect(await pollUntil('its page', () => pageOf(worker, port), PATIENT)).toBe('everywhere');
      expect(await pageOf(manager, port)).toBeNull();
      const after = await services();
      expect(await configs()).toEqual(before.configs);
      const imagesOf = (all: readonly Service[]) =>
        all.map(({ Spec }) => [Spec.Name, Spec.TaskTemplate.ContainerSpec.Image]);
      expect(imagesOf(after)).toEqual(imagesOf(before.services));
      expect((await http(lab).get('/api/v1/apps/drift')).body.data).toEqual([]);

      // Back by the command, which shows how far it is.
      const shell = new CommandLine(lab.server.url);
      try {
        const account = lab.admin.name;
        await shell.run(['login', '--user', account, '--password-stdin'], `password of ${account}`);
        const answer = await shell.run(['app', 'move', 'walks', '--node', manager.id]);
        expect([answer.status, answer.stdout]).toEqual([0, `walks runs on ${manager.name}\n`]);
      } finally {
        shell.remove();
      }
      expect(await nodesWith(lab, 'walks')).toEqual([manager.name]);
      expect(await pollUntil('its page', () => pageOf(manager, port), PATIENT)).toBe('everywhere');
      const audit = (await http(lab).get('/api/v1/user/admin/audit?limit=20')).body.data.items;
      const asked = (audit as { action: string; details: object }[]).filter(({ action }) => action === 'app.move-requested'); // prettier-ignore
      expect(asked.map(({ details }) => details)).toEqual([
        { node: manager.name },
        { node: worker.name },
      ]);
      await gone(lab, 'walks');
    });

    it('leave it where it was when it does not come up there', async () => {
      await lab.writeApp('stays', compose(rare));
      const { port } = await lab.installed('stays', { node: manager.name });
      const before = { outline: await outline(), configs: await configs() };
      await registry.cut();
      try {
        await moved(lab, 'stays', worker.name);
        const { info, port: now } = await over(lab, 'stays');
        expect(info).toContain(
          `The move to the node ${worker.name} failed and the app runs where it was`,
        );
        expect(now).toBe(port);
      } finally {
        await registry.restore();
      }
      expect(await pollUntil('its page', () => pageOf(manager, port), PATIENT)).toBe('rare');
      expect(await outline()).toEqual(before.outline);
      expect(await configs()).toEqual(before.configs);
      expect(await nodesWith(lab, 'stays')).toEqual([manager.name]);
      // Where it was is where it belongs: asked again it goes.
      await moved(lab, 'stays', worker.name);
      expect(await over(lab, 'stays')).toMatchObject({ port, info: '' });
      expect(await nodesWith(lab, 'stays')).toEqual([worker.name]);
      await gone(lab, 'stays');
    });

    it('leave a stopped app stopped, there as well as where it was', async () => {
      await lab.writeApp('rests', compose(await publishRare()));
      const { port } = await lab.installed('rests', { node: manager.name });
      expect((await http(lab).post('/api/v1/apps/rests/stop', {})).status).toBe(200);
      const before = await outline();
      const stopped = (): Promise<AppInfo> =>
        pollUntil('the app to be stopped', async () => {
          const info = await lab.info('rests');
          return info.phase === 'stopped' ? info : null;
        }, PATIENT); // prettier-ignore
      await stopped();
      await registry.cut();
      try {
        await moved(lab, 'rests', worker.name);
        expect((await stopped()).info).toContain(
          `The move to the node ${worker.name} failed and the app is where it was, stopped`,
        );
      } finally {
        await registry.restore();
      }
      expect(await outline()).toEqual(before);
      await moved(lab, 'rests', worker.name);
      expect(await stopped()).toMatchObject({ port, info: 'Stopped' });
      expect((await services()).map(({ Spec }) => Spec.Mode.Replicated.Replicas)).toEqual([0, 0]);
      expect((await http(lab).post('/api/v1/apps/rests/start', {})).status).toBe(200);
      expect(await over(lab, 'rests')).toMatchObject({ port, info: '' });
      expect(await nodesWith(lab, 'rests')).toEqual([worker.name]);
      expect(await pollUntil('its page', () => pageOf(worker, port), PATIENT)).toBe('rare');
      await gone(lab, 'rests');
    });

    it('are refused with the reason, and change nothing', async () => {
      await lab.writeApp('fixed', compose(image, 'deploy: { placement: { constraints: ["node.role==manager"] } }')); // prettier-ignore
      const data = compose(image, 'volumes: ["data:/data"]') + 'volumes: { data: }\n';
      await lab.writeApp('holds', data);
      await lab.installed('fixed');
      await lab.installed('holds');
      const before = await outline();
      const refusal = async (app: string, node: string): Promise<[number, string]> => {
        const { status, body } = await move(lab, app, node);
        return [status, body.msg as string];
      };
      expect(await refusal('nosuchapp', worker.name)).toEqual([404, expect.stringContaining('nosuchapp')]); // prettier-ignore
      expect((await refusal('fixed', 'worker-9'))[0]).toBe(404);
      const [placed, why] = await refusal('fixed', worker.name);
      expect([placed, why]).toEqual([409, expect.stringContaining('node.role==manager')]);
      expect(await refusal('holds', worker.name)).toEqual([409, expect.stringContaining('has data')]); // prettier-ignore
      await moved(lab, 'fixed', manager.id);
      await over(lab, 'fixed');
      expect(await refusal('fixed', manager.name)).toEqual([409, expect.stringContaining('already')]); // prettier-ignore
      await http(lab).post(`/api/v1/nodes/${worker.name}/drain`, {});
      expect((await refusal('fixed', worker.name))[0]).toBe(409);
      await http(lab).post(`/api/v1/nodes/${worker.name}/activate`, {});
      const names = (all: readonly [string, string, readonly string[]][]) => all.map(([name]) => name); // prettier-ignore
      expect(names(await outline())).toEqual(names(before));
      await lab.uninstall('holds');
      await gone(lab, 'fixed');
    });
  });

  describe('whose worker is killed', () => {
    let lab: AppLab;
    beforeAll(async () => {
      lab = await startLab({ ROLE: 'api', ACCESS_TOKEN_SECONDS: '7200' });
    });
    afterAll(() => lab?.close());

    async function killed(
      count: 'swarm-upgrade' | 'swarm-bring-back',
      points: readonly number[],
      of: string,
    ): Promise<{ there: number; kills: number }> {
      const names = points.map((point) => `${count}-${point}`);
      const calm = (): WorkerProcess =>
        WorkerProcess.start(lab.installation.environment, { CHAOS_KILL_AT: '0' });
      for (const name of names) await lab.writeApp(name, compose(of));
      const first = calm();
      const ports = new Map<string, string>();
      for (const name of names)
        ports.set(name, (await lab.installed(name, { node: manager.name })).port);
      await first.stop();
      if (count === 'swarm-bring-back') await registry.cut();
      let kills = 0;
      try {
        const outcomes = await killAfterEveryStep({
          lab,
          appFor: (point) => `${count}-${point}`,
          begin: (name) => moved(lab, name, worker.name),
          count,
          killPoints: points,
          atOnce: 2,
        });
        kills = outcomes.filter((outcome) => outcome.killed).length;
        const slowest = Math.max(...outcomes.map(({ seconds }) => seconds));
        process.stderr.write(
          `[chaos] move, ${count}: ${kills} of ${points.length} killed, slowest mended ${slowest.toFixed(1)} s after the restart\n`,
        );
      } finally {
        await registry.restore();
      }
      let there = 0;
      for (const name of names) {
        expect((await over(lab, name)).port).toBe(ports.get(name));
        const on = await nodesWith(lab, name);
        expect([name, [[manager.name], [worker.name]]]).toEqual([name, expect.arrayContaining([on])]); // prettier-ignore
        const node = on[0] === worker.name ? worker : manager;
        if (node === worker) there += 1;
        await pollUntil(`the page of ${name}`, () => pageOf(node, ports.get(name) ?? ''), PATIENT);
      }
      // One set of services each, and nothing that is set aside.
      const all = (await services()).map(({ Spec }) => Spec.Name);
      expect(all).toHaveLength(2 * names.length);
      expect(all.filter((name) => name.includes('before-upgrade'))).toEqual([]);
      expect(await configs()).toHaveLength(names.length);
      const last = calm();
      for (const name of names) expect((await lab.uninstall(name)).status).toBe(200);
      await last.stop();
      expect(await lab.leftovers()).toEqual(CLEAN);
      return { there, kills };
    }

    it('end on one of the two nodes after each kill going forward', async () => {
      const { kills } = await killed('swarm-upgrade', FORWARD_POINTS, image);
      expect(kills).toBeGreaterThanOrEqual(6);
    }, 1_200_000);

    it('end where they were after each kill going back', async () => {
      const { there, kills } = await killed('swarm-bring-back', BACK_POINTS, await publishRare());
      expect(there).toBe(0);
      expect(kills).toBeGreaterThanOrEqual(3);
    }, 1_200_000);
  });
});
