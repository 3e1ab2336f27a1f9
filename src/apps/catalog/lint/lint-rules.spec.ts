import { TemplateFolder } from '../../../../test/support/template-folder';
import { PROJECT_ROOT } from '../../../platform/config/project-root';
import { CatalogLoader } from '../catalog-loader';
import { catalogSources } from '../../stores/catalog-source';
import { lintApp } from './lint-rules';

const options = { prefix: 'websoft9-', sharedNetwork: 'websoft9' };

const compose = `services:
  app:
    image: app:1.2.3
    restart: unless-stopped
    mem_limit: 64m
    ports: ["\${HTTP_PORT}:80"]
    environment:
      DB_PASSWORD: \${DB_PASSWORD:?}
    healthcheck: { test: ["CMD", "true"] }
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres:17.1
    restart: unless-stopped
    mem_limit: 64m
    environment:
      POSTGRES_PASSWORD: \${DB_PASSWORD:?}
    volumes: [db:/var/lib/postgresql/data]
    healthcheck: { test: ["CMD", "true"] }
`;
const env = 'HTTP_PORT=9001\nDB_PASSWORD=\n';
const app = {
  title: { zh: '应用', en: 'App' },
  description: { zh: '一个应用', en: 'An app' },
  category: 'tool',
  version: '1.2',
  website: 'https://example.com',
  main: { service: 'app', port: 80 },
  database: { service: 'db', port: 5432 },
  variables: [{ name: 'DB_PASSWORD', title: { zh: '密码', en: 'Password' }, type: 'password' }],
};

async function rulesBroken(
  changes: { compose?: string; env?: string; app?: object } = {},
  builtIn = true,
): Promise<string[]> {
  const folder = await TemplateFolder.make({
    'apps/sample/docker-compose.yml': changes.compose ?? compose,
    'apps/sample/.env': changes.env ?? env,
    'apps/sample/app.json': JSON.stringify({ ...app, ...changes.app }),
  });
  try {
    const source = { path: folder.path, trusted: false, builtIn, store: 'sample' };
    const { entries } = await new CatalogLoader([source], options).load();
    return [...new Set([...entries.values()].flatMap(lintApp).map(({ rule }) => rule))];
  } finally {
    await folder.remove();
  }
}

describe(lintApp.name, () => {
  it('finds nothing in an app that is in order', async () => {
    expect(await rulesBroken()).toEqual([]);
  });

  it.each([
    [
      'a key that is not carried out',
      'usable',
      { compose: compose.replace('mem_limit', 'mem_limitt') },
    ],
    ['a forbidden bind', 'usable', { compose: compose.replace('[db:/', '[/etc:/') }],
    ['a moving tag', 'pinned-version', { compose: compose.replace('app:1.2.3', 'app:latest') }],
    ['no tag', 'pinned-version', { compose: compose.replace('postgres:17.1', 'postgres') }],
    ['no memory limit', 'memory-limit', { compose: compose.replace('    mem_limit: 64m\n', '') }],
    ['another restart policy', 'restart', { compose: compose.replace('unless-stopped', 'always') }],
    [
      'no health check',
      'health-check',
      { compose: compose.replace('    healthcheck: { test: ["CMD", "true"] }\n', '') },
    ],
    [
      'a password in the Compose file',
      'no-default-password',
      {
        compose: compose.replace(
          'POSTGRES_PASSWORD: ${DB_PASSWORD:?}',
          'POSTGRES_PASSWORD: hunter2',
        ),
      },
    ],
    [
      'a password in .env',
      'no-default-password',
      { env: env.replace('DB_PASSWORD=', 'DB_PASSWORD=x1y2z3') },
    ],
    [
      'a password within an address',
      'no-default-password',
      {
        compose: compose.replace(
          'DB_PASSWORD: $',
          'URL: postgres://u:pw@db/x\n      DB_PASSWORD: $',
        ),
      },
    ],
    ['a fixed port', 'port-variable', { compose: compose.replace('${HTTP_PORT}:80', '8080:80') }],
    ['another main port', 'port-variable', { app: { main: { service: 'app', port: 81 } } }],
    [
      'a database that publishes its port',
      'database',
      {
        compose: compose.replace(
          '    volumes:',
          '    ports: ["${DB_PORT:-5432}:5432"]\n    volumes:',
        ),
      },
    ],
    [
      'a database of another name',
      'database',
      { app: { database: { service: 'mysql', port: 3306 } } },
    ],
    ['an unknown main service', 'metadata', { app: { main: { service: 'web', port: 80 } } }],
    ['no Chinese', 'metadata', { app: { description: { zh: 'An app', en: 'An app' } } }],
    ['no category', 'metadata', { app: { category: undefined } }],
    ['another version', 'metadata', { app: { version: '2.0' } }],
    ['an unknown key of app.json', 'usable', { app: { colour: 'red' } }],
    [
      'a variable that nobody uses',
      'variables',
      {
        app: {
          variables: [...app.variables, { name: 'SPARE', title: { zh: '多余', en: 'Spare' } }],
        },
      },
    ],
    [
      'a variable without a value',
      'variables',
      { compose: compose.replace('app:1.2.3', 'app:1.2.3$NOWHERE') },
    ],
    [
      'a container name',
      'plain-compose',
      { compose: compose.replace('    image: app', '    container_name: app\n    image: app') },
    ],
    ['a version line', 'plain-compose', { compose: `version: '3'\n${compose}` }],
  ])('finds %s', async (_, rule, changes) => {
    expect(await rulesBroken(changes)).toContain(rule);
  });

  it('does not require our metadata of other catalogs', async () => {
    const changes = { compose: `version: '3'\n${compose}`, app: { category: undefined } };
    expect(await rulesBroken(changes, false)).toEqual([]);
  });

  it('finds nothing in our own catalog, which has at least forty apps', async () => {
    const loader = new CatalogLoader(catalogSources(PROJECT_ROOT, []), options);
    const { entries } = await loader.load();
    expect(entries.size).toBeGreaterThanOrEqual(40);
    expect([...entries.values()].flatMap(lintApp)).toEqual([]);
  });
});
