import { TemplateFolder } from '../../../../test/support/template-folder';
import { buildEnginePlan } from '../engine/engine-plan';
import { loadTemplate } from '../layouts/load-template';
import { resolveTemplate } from '../policy/resolve-template';
import {
  asInstance,
  catalogNameOf,
  installationNameOf,
  instanceOf,
  instancePattern,
} from './instance';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

const COMPOSE = `services:
  helper: { image: "a:1", ports: ["81:80"] }
  web:
    image: "a:1"
    container_name: $W9_ID
    ports: ["$W9_HTTP_PORT_SET:80"]
    volumes: ["data:/data", "shelf:/shelf"]
    environment: { DB: "$W9_ID-db" }
  db: { image: "a:1", container_name: $W9_ID-db }
  cache: { image: "a:1", container_name: app-cache }
volumes:
  data: { name: fixed }
  shelf: { external: true }
`;

async function planOf(instance: string | null, trusted = true) {
  const folder = await TemplateFolder.make({ 'compose.yaml': COMPOSE });
  folders.push(folder);
  const loaded = await loadTemplate(folder.path, { name: 'app', trusted });
  const app = resolveTemplate(asInstance(loaded, instance), {
    prefix: 'p-',
    sharedNetwork: 'p',
  });
  const leases = Object.fromEntries(app.ports.map(({ key }, index) => [key, 9000 + index]));
  const { containers } = buildEnginePlan(app, leases, {
    installationId: 'i-1',
    projectDir: '/data/apps/x',
    bindAddress: '0.0.0.0',
    databaseBindAddress: '127.0.0.1',
  });
  return { app, containers: new Map(containers.map((c) => [c.service, c])) };
}

describe('the name of an installation', () => {
  it.each([
    ['wiki', null, 'wiki'],
    ['wiki', 'blog', 'wiki--blog'],
    ['a--b', 'c', 'a--b--c'],
  ])('is made of app and instance, and says both again: %s %s', (app, instance, name) => {
    expect(installationNameOf(app, instance)).toBe(name);
    expect(catalogNameOf({ appName: name, instance })).toBe(app);
    expect(instanceOf(name, app)).toBe(instance);
  });

  it.each(['', 'A', 'a_b', 'a--b', '-a', 'a-', 'a.b', 'a b', 'ä'])(
    'is not made with "%s"',
    (name) => {
      expect(instancePattern.test(name)).toBe(false);
    },
  );
});

describe('an instance of an app', () => {
  it('has containers, volumes and an id of its own, and the same main service', async () => {
    const { app, containers } = await planOf('blog');
    expect(app).toMatchObject({
      appName: 'app--blog',
      projectName: 'p-app--blog',
      mainService: 'web',
    });
    expect([...containers.values()].map(({ name }) => name).sort()).toEqual([
      'p-app--blog',
      'p-app--blog-app-cache',
      'p-app--blog-db',
      'p-app--blog-helper',
    ]);
    const { body, connect } = containers.get('web') ?? {};
    expect(body?.Env).toContain('DB=app--blog-db');
    expect(connect).toEqual([]);
    expect(body?.Labels).toMatchObject({
      'io.stackscape.app': 'app--blog',
      'io.stackscape.instance': 'blog',
    });
    // The name that the template wrote stands for its own container, in the network of the instance.
    expect(containers.get('cache')?.body.NetworkingConfig?.EndpointsConfig).toMatchObject({
      'p-app--blog_default': { Aliases: ['cache', 'app-cache'] },
    });
  });

  it('shares of a trusted template what is external; a volume that it names belongs to one of them', async () => {
    const { app } = await planOf('blog');
    expect(app.volumes).toEqual([
      { key: 'data', name: 'fixed', external: false },
      { key: 'shelf', name: 'shelf', external: true },
    ]);
    const untrusted = await planOf('blog', false);
    expect(untrusted.app.volumes.map(({ name }) => name)).toEqual([
      'p-app--blog_data',
      'p-app--blog_shelf',
    ]);
  });

  it('leaves the first one as it was: without a label of an instance', async () => {
    const { app, containers } = await planOf(null);
    expect(app).toMatchObject({
      appName: 'app',
      instance: null,
      projectName: 'p-app',
      mainService: 'web',
    });
    expect([...containers.values()].map(({ name }) => name).sort()).toEqual([
      'p-app',
      'p-app-cache',
      'p-app-db',
      'p-app-helper',
    ]);
    expect(containers.get('web')?.body.Labels).not.toHaveProperty('io.stackscape.instance');
  });
});
