import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';
import { resolveTemplate } from '../policy/resolve-template';
import { runtipi } from './runtipi';

afterAll(removeTemplates);

const config = {
  name: 'Shelf',
  id: 'shelf',
  port: 8123,
  short_desc: 'Books',
  categories: ['books'],
  version: '3',
  source: 'https://git.test/shelf',
  supported_architectures: ['amd64', 'arm64'],
  url_suffix: '/start',
  form_fields: [
    { type: 'random', label: 'Key', env_variable: 'SHELF_KEY', min: 40, encoding: 'hex' },
    { type: 'password', label: 'Admin', env_variable: 'SHELF_PASSWORD', required: true, min: 12 },
    { type: 'email', label: 'Mail', env_variable: 'SHELF_MAIL', required: true },
    { type: 'boolean', label: 'Open', env_variable: 'SHELF_OPEN', default: false },
    {
      type: 'text',
      label: 'Size',
      env_variable: 'SHELF_SIZE',
      options: [{ label: 'Big', value: 'b' }],
      default: 'b',
    },
    { type: 'text', env_variable: 'not a name' },
    7,
  ],
};
const environment = {
  KEY: '${SHELF_KEY}',
  PASSWORD: '${SHELF_PASSWORD}',
  MAIL: '${SHELF_MAIL}',
  OPEN: '${SHELF_OPEN}',
  SIZE: '${SHELF_SIZE}',
  PORT: '${APP_PORT}',
  ADDRESS: '${APP_PROTOCOL}://${APP_DOMAIN}',
  TZ: '${TZ}',
};
const services = (version: 1 | 2) => [
  {
    name: 'shelf',
    image: 'shelf:3',
    isMain: true,
    internalPort: 5000,
    addToMainNetwork: true,
    environment:
      version === 1
        ? environment
        : Object.entries(environment).map(([key, value]) => ({ key, value })),
    volumes: [
      { hostPath: '${APP_DATA_DIR}/data', containerPath: '/data' },
      { hostPath: '${ROOT_FOLDER_HOST}/media', containerPath: '/media', readOnly: true },
    ],
    addPorts: [{ hostPort: 5353, containerPort: 53, tcp: true, udp: true }],
    healthCheck: { test: 'curl -f http://localhost:5000', startPeriod: '5s', retries: 3 },
    dependsOn: { 'shelf-db': { condition: 'service_started' } },
    stopGracePeriod: '20s',
  },
  { name: 'shelf-db', image: 'mariadb:11', capDrop: ['ALL'] },
];

describe(runtipi.name, () => {
  it('has nothing to say about the variable of the port that is leased', async () => {
    const app = await installedTemplate({
      'docker-compose.json': JSON.stringify({
        services: [
          {
            name: 'box',
            image: 'box:1',
            isMain: true,
            internalPort: 80,
            environment: [{ key: 'URL', value: 'http://${APP_HOST}:${APP_PORT}' }],
          },
        ],
      }),
      'config.json': '{}',
    });
    const { problems } = resolveTemplate(app.template, { prefix: 'p-', sharedNetwork: 'p' });
    expect(problems).toEqual([]);
    expect(app.environment('box')).toEqual({ URL: 'http://box.lan:9001' });
  });

  it.each([1, 2] as const)('reads services of version %i of the format', async (version) => {
    const app = await installedTemplate(
      {
        'config.json': JSON.stringify(config),
        'docker-compose.json': JSON.stringify({
          schemaVersion: version,
          services: services(version),
        }),
      },
      { given: { SHELF_MAIL: 'a@b.test' } },
    );
    expect([app.template.layout, app.verdict, app.findings, app.missing]).toEqual([
      'runtipi',
      'usable',
      [],
      [],
    ]);
    expect(app.published).toEqual([
      'shelf:5000 main',
      'shelf:53 other',
      'shelf:53 other',
      'shelf-db:3306 database',
    ]);
    const seen = app.environment('shelf');
    expect(seen).toMatchObject({
      MAIL: 'a@b.test',
      OPEN: 'false',
      SIZE: 'b',
      PORT: '9001',
      ADDRESS: 'http://box.lan:9001',
      TZ: 'UTC',
    });
    expect(seen.KEY).toMatch(/^[0-9a-f]{40}$/);
    expect(seen.PASSWORD).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(app.binds('shelf')).toEqual(['./data:/data', './store/media:/media']);
    const service = app.app.project.services.get('shelf');
    expect(service?.healthcheck).toMatchObject({ startPeriod: 5e9, retries: 3 });
    expect(service?.stopGracePeriod).toBe(20e9);
    expect([...(service?.dependsOn.keys() ?? [])]).toEqual(['shelf-db']);
    expect(app.template.metadata).toMatchObject({
      title: { en: 'Shelf' },
      category: 'media',
      main: { path: '/start' },
      requirements: { architectures: ['amd64', 'arm64'] },
    });
  });

  it('asks for what its form requires', async () => {
    const app = await installedTemplate({
      'config.json': JSON.stringify(config),
      'docker-compose.json': JSON.stringify({ services: services(2) }),
    });
    expect(app.missing).toEqual(['variables.SHELF_MAIL']);
  });

  it('reads a Compose file with x-runtipi', async () => {
    const app = await installedTemplate({
      'config.json': '{"name":"One"}',
      'docker-compose.yml': `services:
  one:
    image: one:1
    volumes: ["\${APP_DATA_DIR}/data:/data"]
    x-runtipi: { is_main: true, internal_port: 80 }
x-runtipi: { schema_version: 2 }
`,
    });
    expect([app.template.layout, app.findings, app.published]).toEqual([
      'runtipi',
      [],
      ['one:80 main'],
    ]);
  });

  it.each([
    [{ 'config.json': '{', 'docker-compose.json': '{"services":[]}' }, 'json-syntax'],
    [{ 'docker-compose.json': '{"services": [' }, 'yaml-syntax'],
    [{ 'docker-compose.json': '{"services": [1, {}]}' }, 'no-image'],
    [
      { 'docker-compose.json': '{"services": [{"name":"a","image":"a","newKey":1}]}' },
      'unsupported-key',
    ],
    [{ 'docker-compose.json': '[]' }, 'no-services'],
  ])('reports what is wrong in %j', async (files, code) => {
    const app = await installedTemplate(files);
    expect(app.findings).toContain(code);
  });

  it.each([
    [['featured', 'media'], 'media'],
    [['data'], 'storage'],
    [['featured'], 'other'],
  ])('maps the categories %j', async (categories, expected) => {
    const app = await installedTemplate({
      'config.json': JSON.stringify({ name: 'Den', categories }),
      'docker-compose.json': JSON.stringify({ services: [{ name: 'den', image: 'den:1' }] }),
    });
    expect(app.template.metadata.category).toBe(expected);
  });
});
