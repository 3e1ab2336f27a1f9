import { CatalogLoader } from '../../../src/apps/catalog/catalog-loader';
import { countReasons, reasonsAgainst } from '../../support/catalog/works';
import { TemplateFolder } from '../../support/template-folder';

const head = '# slogan: An app\n';
const runtipi = (port: number) =>
  JSON.stringify({
    services: [
      {
        name: 'box',
        image: 'box:1',
        isMain: true,
        internalPort: port,
        volumes: [{ hostPath: '${APP_DATA_DIR}/data', containerPath: '/data' }],
        environment: [{ key: 'TOKEN', value: '${BOX_TOKEN}' }],
      },
    ],
  });

/** Apps of every layout that work, as their stores write them. */
const working = {
  'websoft9/docker-compose.yml':
    'services: { web: { image: "$W9_REPO:$W9_VERSION", ports: ["$W9_HTTP_PORT_SET:80"], env_file: .env } }\n',
  'websoft9/.env':
    "W9_REPO=web\nW9_VERSION=1\nW9_HTTP_PORT_SET=9001\nW9_POWER_PASSWORD='x!y'\nAPP_KEY=base64:3qjlIoUX4Tw6fUQgZcxMbz6lb8+dAzqpvItqHvahW1c=\n",
  'websoft9/variables.json': '{}',
  'casaos/docker-compose.yml': `services:
  app:
    image: app:1
    ports: [{ target: 80, published: "8080" }]
    volumes: [{ type: bind, source: /DATA/AppData/$AppID/data, target: /data }]
x-casaos: { main: app, port_map: "8080" }
`,
  'dokploy/docker-compose.yml':
    'services: { web: { image: "web:1", environment: { URL: "http://${HOST}", KEY: "${KEY}" }, volumes: ["../files/a.conf:/a.conf"] } }\n',
  'dokploy/template.toml': `[variables]
main_domain = "\${domain}"
[config]
env = ["HOST=\${main_domain}", "KEY=\${password:32}"]
[[config.domains]]
serviceName = "web"
port = 3_000
host = "\${main_domain}"
[[config.mounts]]
filePath = "a.conf"
content = "key = 1"
`,
  'coolify/docker-compose.yml': `${head}services:
  web:
    image: web:1
    environment: [SERVICE_URL_WEB_3000, "DB=pg://$SERVICE_USER_DB:$SERVICE_PASSWORD_DB@db/x", "MAIL=\${MAIL}"]
`,
  'runtipi/docker-compose.json': runtipi(8080),
  'runtipi/config.json': JSON.stringify({
    form_fields: [{ type: 'random', label: 'Token', env_variable: 'BOX_TOKEN' }],
  }),
  'umbrel/umbrel-app.yml': 'id: umbrel\nname: Umbrel\nport: 4000\ndependencies: []\n',
  'umbrel/docker-compose.yml': `services:
  app_proxy: { environment: { APP_HOST: umbrel_web_1, APP_PORT: 3000 } }
  web: { image: "web:1", environment: ["PASSWORD=$APP_PASSWORD"], volumes: ["\${APP_DATA_DIR}/data:/data"] }
`,
  'plain/compose.yaml':
    'services: { web: { image: "web:1", ports: ["80:80"], environment: { SECRET: "${SECRET:?}" }, volumes: ["./data:/data"] } }\n',
};

/** Apps that load, and what keeps each from working. */
const failing: readonly (readonly [name: string, compose: string, reason: string])[] = [
  [
    'blank-text',
    'services: { a: { image: "a:1", ports: ["80:80"], command: "run --db ${NAME}" } }',
    'blank variable (NAME)',
  ],
  ['no-port', 'services: { a: { image: "a:1" } }', 'no main port'],
  [
    'literal',
    'services: { a: { image: "a:1", ports: ["80:80"], env_file: .env } }',
    'public secret (DB_PASSWORD)',
  ],
  [
    'outside',
    'services: { a: { image: "a:1", ports: ["80:80"], volumes: ["/srv:/srv"] } }',
    'forbidden: bind-outside',
  ],
  ['torn', 'services: { a: [', 'broken: yaml-syntax'],
];

describe('the measure of what works', () => {
  let folder: TemplateFolder;
  beforeAll(async () => {
    folder = await TemplateFolder.make(working);
    for (const [name, compose] of failing) await folder.write(`${name}/compose.yaml`, compose);
    // A file of the app repeats the password, so that it cannot be replaced.
    await folder.write('literal/.env', 'DB_PASSWORD=Sommer-2024\n');
    await folder.write('literal/init.sql', "CREATE USER a IDENTIFIED BY 'Sommer-2024';\n");
  });
  afterAll(() => folder.remove());

  const reasonsOf = async (): Promise<Map<string, string[]>> => {
    const source = { path: folder.path, trusted: false, builtIn: false, store: 'made' };
    const loader = new CatalogLoader([source], { prefix: 'p-', sharedNetwork: 'p' });
    const { entries } = await loader.load();
    return new Map([...entries.values()].map((entry) => [entry.name, reasonsAgainst(entry)]));
  };

  it('finds nothing against apps of every layout that their stores run', async () => {
    const reasons = await reasonsOf();
    const names = [...new Set(Object.keys(working).map((path) => path.split('/')[0] ?? ''))];
    expect(names.map((name) => [name, reasons.get(name)])).toEqual(names.map((name) => [name, []]));
  });

  it.each(failing)('tells what is against %s', async (name, _, reason) => {
    expect((await reasonsOf()).get(name)).toEqual([reason]);
  });

  it('counts the apps that have a reason, the most frequent first', () => {
    const reasons = [
      ['blank variable (A)', 'blank variable (B)'],
      ['no main port'],
      [],
      ['no main port'],
    ];
    expect(countReasons(reasons)).toEqual(['2 × no main port', '1 × blank variable']);
  });
});
