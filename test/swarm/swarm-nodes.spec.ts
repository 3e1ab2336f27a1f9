import { randomBytes } from 'node:crypto';
import { CommandLine } from '../support/command-line';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab, type SwarmNode } from '../support/swarm/swarm-lab';

jest.setTimeout(240_000);

interface NodeDto {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly availability: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly apps: readonly { appName: string; pinned: boolean; ports: number[] }[];
}

describe('the nodes of a Swarm', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  beforeAll(async () => {
    swarm = await SwarmLab.start(3);
    const { host, docker } = swarm.manager;
    const environment = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host };
    lab = await AppLab.start(environment, docker);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const nodes = async (): Promise<NodeDto[]> => {
    const { status, body } = await http().get('/api/v1/nodes');
    expect(status).toBe(200);
    return body.data as NodeDto[];
  };
  const nodeOf = async ({ id }: SwarmNode): Promise<NodeDto> =>
    (await nodes()).find((node) => node.id === id)!;
  const label = (node: string, labels: unknown) =>
    http().send('PUT', `/api/v1/nodes/${node}/labels`, { labels });
  /** Where an app has its ports open. */
  const homesOf = async (app: string): Promise<string[]> =>
    (await nodes())
      .filter(({ apps }) => apps.some((one) => one.appName === app && one.ports.length > 0))
      .map(({ name }) => name);
  const install = async (name: string, more: string, body: object = {}): Promise<string> => {
    const image = await publishStandIn(`node-${randomBytes(5).toString('hex')}:1`, {
      listen: [8080],
    });
    const service = `{ image: "${image}", restart: always, ports: ["9001:8080"]${more} }`;
    await lab.writeApp(name, `services:\n  web: ${service}\n${more.includes('data:') ? 'volumes: { data: }\n' : ''}`); // prettier-ignore
    const answer = await lab.install(name, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return (await lab.settled(name, '1', 90_000)).port;
  };
  const remove = async (...names: string[]): Promise<void> => {
    for (const name of names) expect((await lab.uninstall(name)).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  };

  it('are listed with role, state, resources and the apps on them', async () => {
    const port = await install('keeper', ', volumes: ["data:/data"]');
    const all = await nodes();
    expect(all.map(({ name }) => name)).toEqual(swarm.nodes.map(({ name }) => name).sort());
    const { NCPU, MemTotal, ServerVersion } = (await swarm.manager.docker.info()) as Record<
      string,
      unknown
    >;
    for (const node of swarm.nodes) {
      const isManager = node === swarm.manager;
      const found = await http().get(`/api/v1/nodes/${isManager ? node.name : node.id}`);
      expect(found.body.data).toEqual({
        id: node.id,
        name: node.name,
        role: isManager ? 'manager' : 'worker',
        leader: isManager,
        home: isManager,
        state: 'ready',
        message: '',
        availability: 'active',
        address: node.address,
        engineVersion: ServerVersion,
        os: 'linux',
        architecture: 'x86_64',
        cpus: NCPU,
        memoryBytes: MemTotal,
        labels: {},
        apps: isManager ? [{ appName: 'keeper', pinned: true, ports: [Number(port)] }] : [],
      });
    }
    const unknown = await http().get('/api/v1/nodes/worker-9');
    expect([unknown.status, unknown.body.code]).toEqual([404, 30000]);
    expect(unknown.body.msg).toContain('no node worker-9');
    await remove('keeper');
  });

  it('are drained and activated: apps without data leave, those with data wait for it', async () => {
    await install('keeper', ', volumes: ["data:/data"]');
    await label(swarm.nodes[1]!.name, { zone: 'b' });
    await install('guest', ', deploy: { placement: { constraints: ["node.role==worker"], preferences: [{ spread: node.labels.zone }] } }'); // prettier-ignore
    const [host] = await homesOf('guest');
    const left = await http().post(`/api/v1/nodes/${host}/drain`);
    expect(left.body.data).toMatchObject({ name: host, availability: 'drain' });
    await pollUntil('the guest to move', async () => {
      const homes = await homesOf('guest');
      return homes.length === 1 && homes[0] !== host && (await lab.info('guest')).status === '1';
    }, { deadlineMs: 60_000 }); // prettier-ignore

    await http().post(`/api/v1/nodes/${swarm.manager.id}/drain`);
    await pollUntil('the keeper to wait', async () => (await lab.info('keeper')).cause === 'not-placed', { deadlineMs: 60_000 }); // prettier-ignore
    expect((await nodeOf(swarm.manager)).apps).toEqual([
      { appName: 'keeper', pinned: true, ports: [] },
    ]);
    const back = await http().post(`/api/v1/nodes/${swarm.manager.id}/activate`);
    expect(back.body.data).toMatchObject({ availability: 'active' });
    await pollUntil('the keeper to run', async () => (await lab.info('keeper')).status === '1', { deadlineMs: 60_000 }); // prettier-ignore
    expect((await http().post(`/api/v1/nodes/${host}/activate`)).status).toBe(200);
    const { body } = await http().get('/api/v1/user/admin/audit?limit=20');
    const actions = JSON.stringify(body.data);
    for (const action of ['node.drained', 'node.activated', 'node.labelled']) expect(actions).toContain(action); // prettier-ignore
    await label(swarm.nodes[1]!.name, {});
    await remove('guest', 'keeper');
  });

  it('get labels that place apps, in place of those that they had', async () => {
    const [, one, other] = swarm.nodes;
    expect((await label(one!.name, { zone: 'b', disk: 'ssd' })).body.data.labels).toEqual({ zone: 'b', disk: 'ssd' }); // prettier-ignore
    await install('zoned', ', deploy: { placement: { constraints: ["node.labels.zone==b"] } }');
    expect(await homesOf('zoned')).toEqual([one!.name]);
    expect((await label(other!.name, { zone: 'b' })).status).toBe(200);
    expect((await label(one!.id, { disk: 'ssd' })).body.data.labels).toEqual({ disk: 'ssd' });
    await pollUntil('the app to move', async () => (await homesOf('zoned'))[0] === other!.name, { deadlineMs: 60_000 }); // prettier-ignore
    for (const bad of [
      { 'bad name': 'x' },
      { '-a': 'x' },
      { zone: 'a\nb' },
      { zone: 1 },
      { zone: 'x'.repeat(256) },
      Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ''])),
      ['zone=b'],
      'zone=b',
      null,
    ]) {
      const refused = await label(one!.name, bad);
      expect([refused.status, refused.body.code]).toEqual([400, 30001]);
    }
    expect((await nodeOf(one!)).labels).toEqual({ disk: 'ssd' });
    const twice = await Promise.all([label(one!.name, { a: '1' }), label(one!.name, { b: '2' })]);
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(Object.keys((await nodeOf(one!)).labels)).toHaveLength(1);
    for (const node of [one!, other!]) expect((await label(node.id, {})).body.data.labels).toEqual({}); // prettier-ignore
    await remove('zoned');
  });

  it('are named in the plan with the reason; where none can run an app it is refused at once', async () => {
    const check = async (app: string, wanted = 'placement') => {
      const { body } = await http().get(`/api/v1/apps/${app}/plan`);
      return body.data.checks.find(({ code }: { code: string }) => code === wanted);
    };
    const names = swarm.nodes.map(({ name }) => name).sort();
    await lab.writeApp('two', `
services:
  web: { image: "nothing:1", volumes: ["data:/data"] }
  db: { image: "mariadb:11", deploy: { placement: { constraints: ["node.role==manager"] } } }
  job: { image: "nothing:1", deploy: { placement: { constraints: ["node.role==worker"] } } }
volumes: { data: }
`); // prettier-ignore
    const placed = await check('two');
    const workers = names.filter((name) => name !== swarm.manager.name).join(', ');
    const home = swarm.manager.name;
    const room = new RegExp(`^free now: .*${home} [\\d.]+ GiB memory and [\\d.]+ GiB disk`);
    expect([placed.level, placed.message.split('; ').sort()]).toEqual([
      'ok',
      [
        `db: ${home} (constraint node.role==manager)`,
        expect.stringMatching(room),
        `job: ${workers} (constraint node.role==worker)`,
        `web: ${home} (where its data is)`,
      ],
    ]);
    expect((await check('two', 'ports')).message).toContain('not published, as a service has no port of one address (see DB_BIND): db 3306'); // prettier-ignore
    await lab.writeApp('nowhere', 'services:\n  web: { image: "nothing:1", deploy: { placement: { constraints: [node.labels.zone==nowhere] } } }\n'); // prettier-ignore
    const reason = `web: none of ${names.join(', ')} can run it: constraint node.labels.zone==nowhere`;
    expect(await check('nowhere')).toEqual({ code: 'placement', level: 'error', message: reason });
    const refused = await http().post('/installApp', { appName: 'nowhere' });
    expect([refused.status, refused.body.error]).toEqual([409, 30000]);
    expect(JSON.stringify(refused.body)).toContain(reason);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('are chosen at install, by name or id; an app with data takes no other than its own', async () => {
    const [, one, other] = swarm.nodes;
    const plan = async (app: string, node: string) =>
      (await http().get(`/api/v1/apps/${app}/plan?node=${node}`)).body;
    await install('chosen', '', { node: other!.name });
    expect(await homesOf('chosen')).toEqual([other!.name]);
    const placement = (await plan('chosen', one!.id)).data.checks.find(
      ({ code }: { code: string }) => code === 'placement',
    );
    const there = `web: ${one!.name} (the chosen node ${one!.name}); free now: ${one!.name} unknown`;
    expect(placement.message).toBe(there);
    expect((await lab.admin.http.post('/api/v1/apps/chosen/restart', {})).status).toBe(200);
    await lab.settled('chosen', '1', 60_000);
    expect(await homesOf('chosen')).toEqual([other!.name]);
    expect((await nodeOf(other!)).apps).toEqual([
      { appName: 'chosen', pinned: true, ports: [expect.any(Number)] },
    ]);
    await remove('chosen');

    await lab.writeApp('heavy', 'services:\n  web: { image: "nothing:1", volumes: ["data:/data"] }\nvolumes: { data: }\n'); // prettier-ignore
    const refused = await http().post('/installApp', { appName: 'heavy', node: one!.name });
    expect([refused.status, refused.body.error]).toEqual([409, 30000]);
    expect(JSON.stringify(refused.body)).toContain(`web: none of ${swarm.manager.name} (where its data is) can run it: the chosen node ${one!.name}`); // prettier-ignore
    const unknown = await http().post('/installApp', { appName: 'heavy', node: 'worker-9' });
    expect([unknown.status, unknown.body.error]).toEqual([404, 30000]);
    expect((await plan('heavy', 'worker-9')).code).toBe(30000);
    await http().post(`/api/v1/nodes/${one!.id}/drain`);
    const drained = await http().post('/installApp', { appName: 'chosen', node: one!.id });
    expect([drained.status, drained.body.error]).toEqual([409, 30000]);
    await http().post(`/api/v1/nodes/${one!.id}/activate`);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('are shown as down while they do not answer, with what is on them', async () => {
    const lost = swarm.nodes[2]!;
    await label(lost.name, { zone: 'c' });
    await install('far', ', deploy: { placement: { constraints: ["node.labels.zone==c"] } }');
    await lost.kill();
    const down = await pollUntil('the node to be down', async () => {
      const found = await nodeOf(lost);
      return found.state === 'down' && found;
    }, { deadlineMs: 30_000 }); // prettier-ignore
    expect(down.labels).toEqual({ zone: 'c' });
    await lost.up();
    await pollUntil('the node to be ready', async () => (await nodeOf(lost)).state === 'ready', { deadlineMs: 30_000 }); // prettier-ignore
    await label(lost.name, {});
    await remove('far');
  });

  it('are handled by the command line', async () => {
    const shell = new CommandLine(lab.server.url);
    try {
      const { name, id } = swarm.nodes[1]!;
      const account = lab.admin.name;
      const login = await shell.run(['login', '--user', account, '--password-stdin'], `password of ${account}`); // prettier-ignore
      expect(login).toMatchObject({ status: 0 });
      const list = await shell.run(['node', 'ls']);
      for (const node of swarm.nodes) expect(list.stdout).toContain(node.name);
      expect((await shell.run(['node', 'label', name, 'zone=b', 'disk=', 'none-'])).stdout).toContain('disk= zone=b'); // prettier-ignore
      expect((await shell.run(['node', 'label', name, 'disk-'])).stdout).not.toContain('disk');
      expect(await shell.run(['node', 'label', name, 'zone'])).toMatchObject({ status: 2 });
      expect((await shell.run(['node', 'drain', name, '--yes'])).stdout).toContain('drain');
      expect((await nodeOf(swarm.nodes[1]!)).availability).toBe('drain');
      const active = await shell.run(['--json', 'node', 'activate', id]);
      expect(JSON.parse(active.stdout)).toMatchObject({ id, availability: 'active', labels: { zone: 'b' } }); // prettier-ignore
      expect(await shell.run(['node', 'show', 'worker-9'])).toMatchObject({ status: 5 });
      expect((await shell.run(['node', 'label', name, 'zone-'])).status).toBe(0);
    } finally {
      shell.remove();
    }
  });
});
