import { randomUUID } from 'node:crypto';
import { ownLabels } from '../../../src/apps/compose/engine/labels';
import { AppLab, docker } from '../../support/factories/app-lab';
import { signUpUser } from '../../support/factories/users';

describe('the nodes of a server with a single engine', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  const english = () => lab.admin.http.with({ 'accept-language': 'en' });

  it('are this one, with every app of this server on it', async () => {
    // Of another server on the same engine.
    const stranger = await lab.engines.createContainer({
      Image: await lab.image({ listen: [8080] }),
      Labels: { [ownLabels.app]: 'elsewhere', [ownLabels.installation]: randomUUID() },
    });
    await stranger.start();
    try {
      await isListedWithItsApps();
    } finally {
      await stranger.remove({ force: true });
    }
  });

  async function isListedWithItsApps(): Promise<void> {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('shop', `services:\n  web: { image: "${image}", ports: ["9001:8080"] }\n`);
    const { port } = await lab.installed('shop');
    const { body } = await english().get('/api/v1/nodes');
    const { ID: id, Name: name, NCPU: cpus, MemTotal: memoryBytes } = (await docker.info()) as Record<string, unknown>; // prettier-ignore
    expect(body.data).toEqual([
      expect.objectContaining({
        id,
        name,
        cpus,
        memoryBytes,
        role: 'engine',
        home: true,
        state: 'ready',
        availability: 'active',
        labels: {},
        apps: [{ appName: 'shop', pinned: true, ports: [Number(port)] }],
      }),
    ]);
    for (const ref of [id, name]) {
      const one = await english().get(`/api/v1/nodes/${encodeURIComponent(String(ref))}`);
      expect(one.body.data).toEqual(body.data[0]);
    }
    expect((await lab.uninstall('shop')).status).toBe(200);
    await lab.installed('shop', { node: name });
    expect((await lab.uninstall('shop')).status).toBe(200);
    const elsewhere = await lab.install('shop', { node: 'worker-9' });
    expect([elsewhere.status, elsewhere.body.error]).toEqual([404, 30000]);
  }

  it('are nothing that an app could move between: there is no Swarm', async () => {
    const [{ id }] = (await english().get('/api/v1/nodes')).body.data;
    const answer = await english().post('/api/v1/apps/hello/move', { node: id });
    expect([answer.status, answer.body.code]).toEqual([409, 30000]);
    expect(answer.body.msg).toContain('that takes ORCHESTRATOR=swarm');
  });

  it('are not drained, activated or labelled: there is no Swarm', async () => {
    const [{ id }] = (await english().get('/api/v1/nodes')).body.data;
    const path = `/api/v1/nodes/${encodeURIComponent(id)}`;
    for (const answer of [
      await english().post(`${path}/drain`),
      await english().post(`${path}/activate`),
      await english().send('PUT', `${path}/labels`, { labels: { zone: 'b' } }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, 30000]);
      expect(answer.body.msg).toContain('that takes ORCHESTRATOR=swarm');
    }
  });

  it('do not include one of another name, and are for administrators', async () => {
    const answer = await english().get('/api/v1/nodes/worker-9');
    expect([answer.status, answer.body.code]).toEqual([404, 30000]);
    expect(answer.body.msg).toContain('no node worker-9');
    const user = await signUpUser(lab.server, lab.admin);
    expect((await user.http.get('/api/v1/nodes')).body.code).toBe(40300);
  });
});
