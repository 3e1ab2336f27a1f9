import { TemplateFolder } from '../../../../test/support/template-folder';
import { casaBlockOf, casaPortOf, readCasaMetadata } from './casaos';
import { loadTemplate } from './load-template';
import { resolveTemplate } from '../policy/resolve-template';
import { completeVariables, listVariables } from '../template/template-variables';

describe(readCasaMetadata, () => {
  it('reads names, links and tips in both languages', () => {
    const metadata = readCasaMetadata(
      {
        title: { en_US: 'Notes', zh_CN: '笔记', de_DE: 'Notizen' },
        tagline: { en_us: 'Write things down', zh_cn: '随手记录' },
        description: { en_us: 'long' },
        category: 'Productivity',
        version: 1.5,
        website: 'https://notes.test',
        docs: 'javascript:alert(1)',
        icon: './icon.png',
        index: 'app/#/home',
        scheme: 'https',
        architectures: ['amd64', 7, 'arm64'],
        tips: { before_install: { en_us: 'Read this', zh_cn: '请先阅读' } },
      },
      'notes',
    );
    expect(metadata).toMatchObject({
      title: { en: 'Notes', zh: '笔记' },
      description: { en: 'Write things down', zh: '随手记录' },
      tips: { en: 'Read this', zh: '请先阅读' },
      category: 'knowledge',
      version: '1.5',
      website: 'https://notes.test',
      documentation: null,
      icon: null,
      main: { path: '/app/#/home', scheme: 'https' },
      requirements: { architectures: ['amd64', 'arm64'] },
    });
  });

  it('reads the tips of an exported app', () => {
    const data = { title: { custom: 'Mine' }, tips: { custom: 'Mind the port' } };
    expect(readCasaMetadata(data, 'n')).toMatchObject({
      title: { zh: 'Mine', en: 'Mine' },
      tips: { zh: 'Mind the port', en: 'Mind the port' },
    });
  });

  it('falls back to another language', () => {
    expect(readCasaMetadata({ title: { de_DE: 'Notizen' } }, 'n').title).toEqual({
      zh: 'Notizen',
      en: 'Notizen',
    });
  });

  it('reads tips that are a list of lines', () => {
    const list = [
      { content: { en_US: 'Password:', zh_CN: '密码：' }, value: 'x' },
      { content: { en_US: 'second' } },
      null,
    ];
    const { tips } = readCasaMetadata({ tips: { before_install: list } }, 'n');
    expect(tips).toEqual({ en: 'Password: x\nsecond', zh: '密码： x\nsecond' });
  });

  it.each([null, 'text', [], { title: 7, tips: [], architectures: 'amd64', index: {} }])(
    'ignores unexpected values: %j',
    (data) => {
      expect(readCasaMetadata(data, 'n')).toMatchObject({ title: { en: expect.any(String) } });
    },
  );
});

describe(casaPortOf, () => {
  it.each([
    ['8080', { published: 8080, variable: null }],
    [8080, { published: 8080, variable: null }],
    ['${WEBUI_PORT:-8080}', { published: 8080, variable: 'WEBUI_PORT' }],
    ['${WEBUI_PORT}', { published: null, variable: 'WEBUI_PORT' }],
    ['$WEBUI_PORT', { published: null, variable: 'WEBUI_PORT' }],
    ['99999', null],
    ['', null],
    ['web', null],
  ])('%j', (port_map, expected) => {
    expect(casaPortOf({ port_map })).toEqual(expected);
  });
});

describe('a CasaOS template', () => {
  const folders: TemplateFolder[] = [];
  afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

  async function load(compose: string) {
    const folder = await TemplateFolder.make({ 'docker-compose.yml': compose });
    folders.push(folder);
    return loadTemplate(folder.path, { name: 'app' });
  }

  it('of the old format keeps its metadata at the main service', async () => {
    const template = await load(`services:
  web:
    image: w:1
    ports: ["8001:80", "8002:81"]
    x-casaos:
      title: { en_US: Older }
      container: { index: /x, port_map: "8002" }
x-casaos: { main_app: web, architectures: [amd64] }
`);
    expect(template.metadata).toMatchObject({ title: { en: 'Older' }, main: { path: '/x' } });
    const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p' });
    expect(app.mainPort).toMatchObject({ service: 'web', containerPort: 81 });
  });

  it.each([
    ['the proxy that publishes the port people open', 'web', '9000', 'proxy', 80],
    ['the service it names where nobody publishes that port', 'web', '9', 'web', undefined],
    ['the service it names where that publishes ports itself', 'db', '9000', 'db', 5432],
  ])('has as its main service %s', async (_, main, port, service, containerPort) => {
    const template = await load(`services:
  web: { image: w:1 }
  db: { image: d:1, ports: ["5432:5432"] }
  proxy: { image: n:1, ports: ["\${WEBUI_PORT:-9000}:80"] }
x-casaos: { main: ${main}, port_map: "${port}" }
`);
    const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p' });
    expect(app.mainService).toBe(service);
    expect(app.mainPort?.containerPort).toBe(containerPort);
    const leases = Object.fromEntries(app.ports.map(({ key }, index) => [key, 9500 + index]));
    const leased = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p', leases });
    expect(leased.mainService).toBe(service);
    expect(leased.mainPort?.key).toBe(app.mainPort?.key);
  });

  it('may leave variables open: passwords are generated, others are requested', async () => {
    const template = await load(`name: other-id
services:
  web:
    image: w:1
    ports: [{ target: 80, published: "\${WEBUI_PORT:-80}" }]
    environment:
      A: $default_pwd
      B: \${DB_PASSWORD}
      C: $API_KEY
      D: \${GIVEN:-x} $$NOT $DefaultUserName $PUID
      E: $AppID
    x-casaos: { envs: [{ container: $IGNORED }] }
x-casaos: { main: web, port_map: "\${WEBUI_PORT:-80}" }
`);
    const variables = listVariables(template).map(({ name, type, secret }) => [name, type, secret]);
    expect(variables).toEqual([
      ['WEBUI_PORT', 'port', false],
      ['default_pwd', 'password', true],
      ['DB_PASSWORD', 'password', true],
      ['API_KEY', 'string', true],
      ['GIVEN', 'string', false],
    ]);
    const { values } = completeVariables(template, { API_KEY: 'k' });
    const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p', values });
    const { environment } = app.project.services.get('web') ?? {};
    expect(Object.fromEntries(environment ?? [])).toEqual({
      A: values.default_pwd,
      B: values.DB_PASSWORD,
      C: 'k',
      D: 'x $NOT admin 1000',
      E: 'other-id',
    });
    expect(values.default_pwd).toMatch(/^[A-Za-z0-9]{24}$/);
  });

  it('may have empty keys', async () => {
    const template = await load(`services:
  web:
    image: w:1
    container_name: ""
    hostname: ""
    devices: []
    cap_add: []
    environment: []
    command: []
    expose: ["80/tcp"]
    ports: [{ target: 8080, published: "8080" }]
  db: { image: d:1 }
x-casaos: { port_map: "8080", hostname: "", title: { custom: Mine } }
`);
    const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p' });
    expect(app.problems.filter(({ kind }) => kind !== 'note')).toEqual([]);
    expect(app.mainService).toBe('web');
    expect(app.project.services.get('web')).toMatchObject({ containerName: null, hostname: null });
  });

  it('may set what the store sets in a `.env` of its own', async () => {
    const folder = await TemplateFolder.make({
      'compose.yaml': `services: { a: { image: x, command: "$PUID $PGID $TZ" } }\nx-casaos: {}`,
      '.env': 'TZ=Asia/Shanghai',
    });
    folders.push(folder);
    const template = await loadTemplate(folder.path, { name: 'app' });
    const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p' });
    expect(app.project.services.get('a')?.command).toEqual(['1000', '1000', 'Asia/Shanghai']);
  });

  it('may have an invalid port map', () => {
    expect(casaBlockOf({ 'x-casaos': { port_map: [] }, services: 7 })).toEqual({ port_map: [] });
  });
});
