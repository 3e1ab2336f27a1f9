import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';
import { umbrel } from './umbrel';

afterAll(removeTemplates);

const manifest = `manifestVersion: 1
id: garden
category: files
name: Garden
version: "2.1"
tagline: Grows
website: https://garden.test
port: 4411
path: /start
defaultUsername: gardener
deterministicPassword: true
dependencies: []
`;
const compose = `version: "3.7"
services:
  app_proxy:
    environment: { APP_HOST: garden_web_1, APP_PORT: 3000, PROXY_AUTH_ADD: "false" }
  web:
    image: web:2
    depends_on: [db, app_proxy]
    environment:
      DB: garden_db_1
      FIXED: $APP_GARDEN_DB_IP
      PASSWORD: \${APP_PASSWORD}
      SEED: \${APP_SEED}
      COLOUR: \${APP_GARDEN_COLOUR}
      URL: http://\${DEVICE_DOMAIN_NAME}:\${APP_PROXY_PORT}
    volumes: ["\${APP_DATA_DIR}/data:/data", "\${UMBREL_ROOT}/data/storage:/files"]
  db:
    image: mariadb:11
    networks: { default: { ipv4_address: $APP_GARDEN_DB_IP } }
`;
const files = {
  'umbrel-app.yml': manifest,
  'docker-compose.yml': compose,
  'exports.sh': `export APP_GARDEN_DB_IP="10.21.0.9"
export APP_GARDEN_COLOUR='gr$een'
export APP_GARDEN_SECRET=$(cat /etc/passwd)
if [ -f x ]; then echo y; fi
`,
};

describe(umbrel.name, () => {
  it('publishes what the proxy would reach and keeps the names of containers', async () => {
    const app = await installedTemplate(files, { name: 'garden' });
    expect([app.template.layout, app.verdict, app.findings, app.missing]).toEqual([
      'umbrel',
      'usable',
      [],
      [],
    ]);
    expect(app.published).toEqual(['web:3000 main', 'db:3306 database']);
    expect([...app.app.project.services.keys()]).toEqual(['web', 'db']);
    expect(app.app.project.services.get('db')?.containerName).toBe('garden_db_1');
    expect(app.app.project.services.get('db')?.networks.get('default')?.ipv4Address).toBeNull();
    const seen = app.environment('web');
    expect(seen).toMatchObject({
      DB: 'garden_db_1',
      FIXED: 'garden_db_1',
      COLOUR: 'gr$een',
      URL: 'http://box.lan:9001',
    });
    expect(seen.PASSWORD).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(seen.SEED).toMatch(/^[0-9a-f]{64}$/);
    expect(app.binds('web')).toEqual(['./data:/data', './store/data/storage:/files']);
    expect(app.template.metadata).toMatchObject({
      title: { en: 'Garden' },
      category: 'storage',
      version: '2.1',
      main: { path: '/start' },
      login: { user: 'gardener', passwordVariable: 'APP_PASSWORD' },
    });
  });

  it('works out what exports.sh sets without running it', async () => {
    const app = await installedTemplate(
      {
        'umbrel-app.yml': manifest,
        'docker-compose.yml': `services:
  app_proxy: { environment: ["APP_HOST=$APP_GARDEN_IP", "APP_PORT=\${APP_GARDEN_INNER_PORT}"] }
  other: { image: "other:1", ports: ["8080:80"] }
  web:
    image: web:2
    networks: { default: { ipv4_address: $APP_GARDEN_IP } }
    environment:
      - KEY=$APP_GARDEN_KEY
      - LARAVEL=$APP_GARDEN_LARAVEL
      - PLAIN=$APP_GARDEN_PLAIN
      - ONION=$APP_GARDEN_ONION
      - HOSTS=$APP_GARDEN_HOSTS
      - RANDOM=$APP_GARDEN_RANDOM
      - ADDRESS=http://$APP_DOMAIN:$APP_GARDEN_PORT
      - PROXIES=\${NETWORK_IP}/16
      - MODE=$APP_GARDEN_MODE
    volumes: ["\${APP_GARDEN_DATA}:/data"]
`,
        'exports.sh': `#!/usr/bin/env bash
export APP_GARDEN_IP="10.21.22.2"
export APP_GARDEN_PORT="4411"
export APP_GARDEN_INNER_PORT="3000"
export APP_GARDEN_DATA="\${EXPORTS_APP_DIR}/data/garden"
export APP_GARDEN_KEY=$(derive_entropy "env-\${app_entropy_identifier}-KEY" | head -c32)
export APP_GARDEN_LARAVEL="base64:$(derive_entropy "x")"
export APP_GARDEN_PLAIN="$(derive_entropy "\${app_entropy_identifier}-y")"
export APP_GARDEN_ONION="$(cat "\${EXPORTS_TOR_DATA_DIR}/hostname" 2>/dev/null || echo "notyetset.onion")"
export APP_GARDEN_RANDOM=$(openssl rand -hex 16)
local_ips=$(hostname --all-ip-addresses 2> /dev/null) || local_ips=""
export APP_GARDEN_HOSTS="\${local_ips}"
if [[ -f "\${EXPORTS_APP_DIR}/x" ]]; then
  export APP_GARDEN_MODE="second"
fi
export APP_GARDEN_MODE="first"
export APP_GARDEN_COMMAND=$(IFS=" "; echo "\${ARGS[@]}")
`,
      },
      { name: 'garden' },
    );
    expect([app.verdict, app.findings, app.missing]).toEqual(['usable', [], []]);
    expect(app.published).toEqual(['other:80 other', 'web:3000 main']);
    const seen = app.environment('web');
    expect(seen).toMatchObject({
      ONION: 'notyetset.onion',
      HOSTS: 'box.lan',
      ADDRESS: expect.stringMatching(/^http:\/\/box\.lan:900\d$/),
      PROXIES: '10.21.0.0/16',
      MODE: 'first',
    });
    expect(seen.KEY).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.LARAVEL).toMatch(/^base64:[0-9a-f]{64}$/);
    expect(seen.PLAIN).toMatch(/^[0-9a-f]{64}$/);
    expect(seen.RANDOM).toMatch(/^[0-9a-f]{32}$/);
    expect(app.binds('web')).toEqual(['./data/garden:/data']);
  });

  it('takes the port of the manifest where a template publishes it itself', async () => {
    const app = await installedTemplate({
      'umbrel-app.yml': manifest,
      'docker-compose.yml': `services:
  api: { image: "api:1", ports: ["8080:80"] }
  web: { image: "web:1", ports: ["4411:5555"] }
`,
    });
    expect(app.published).toEqual(['api:80 other', 'web:5555 main']);
  });

  it('writes the leased port where templates write that of the manifest', async () => {
    const app = await installedTemplate({
      'umbrel-app.yml': manifest,
      'docker-compose.yml': `services:
  app_proxy: { environment: { APP_HOST: garden_web_1, APP_PORT: 3000 } }
  web:
    image: web:2
    environment:
      - A=http://\${DEVICE_DOMAIN_NAME}:4411/x
      - B=http://umbrel.local:4411,https://$APP_DOMAIN:4411
      - C=http://$DEVICE_HOSTNAME.local:44110
      - D=http://db:4411
`,
    });
    expect(app.environment('web')).toEqual({
      A: 'http://box.lan:9001/x',
      B: 'http://box.lan:9001,https://box.lan:9001',
      C: 'http://box.lan.local:44110',
      D: 'http://db:4411',
    });
  });

  it('takes nothing from conditions on other apps, nor where the template has a default', async () => {
    const app = await installedTemplate({
      'umbrel-app.yml': manifest,
      'docker-compose.yml': `services:
  app_proxy: { environment: { APP_HOST: garden_web_1, APP_PORT: 3000 } }
  web:
    image: web:2
    environment:
      - BACK=\${APP_GARDEN_BACK}
      - MODE=\${APP_GARDEN_MODE}
      - STEP=\${APP_GARDEN_STEP:-first}
      - SIZE=\${APP_GARDEN_SIZE}
`,
      'exports.sh': `installed_apps=$(ls)
if echo "$installed_apps" | grep --quiet 'shed'; then
  export APP_GARDEN_BACK="shed:1"
elif echo "$installed_apps" | grep --quiet 'barn'; then
  export APP_GARDEN_BACK="barn:1"
else
  export APP_GARDEN_MODE="alone"
fi
if [[ -f x ]]; then
  export APP_GARDEN_STEP="later"
  export APP_GARDEN_SIZE="9"
fi
`,
    });
    expect(app.environment('web')).toEqual({ BACK: '', MODE: 'alone', STEP: 'first', SIZE: '9' });
  });

  it('generates the secrets that a public script sets, wherever they are repeated', async () => {
    const app = await installedTemplate({
      'umbrel-app.yml': manifest,
      'docker-compose.yml': `services:
  app_proxy: { environment: { APP_HOST: garden_web_1, APP_PORT: 3000 } }
  web: { image: "web:2", environment: { URL: "\${APP_GARDEN_DB_URL}" } }
  db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: "\${APP_GARDEN_DB_PASSWORD}" } }
`,
      'exports.sh': `export APP_GARDEN_DB_PASSWORD="tulips-and-roses"
export APP_GARDEN_DB_URL="postgres://g:tulips-and-roses@garden_db_1/g"
`,
    });
    const password = app.environment('db').POSTGRES_PASSWORD;
    expect(password).not.toBe('tulips-and-roses');
    expect(password).toHaveLength(16);
    expect(app.environment('web').URL).toBe(`postgres://g:${password}@garden_db_1/g`);
  });

  describe('an app that needs others', () => {
    const needing = (volume: string) => ({
      'umbrel-app.yml': manifest.replace('[]', '[bitcoin, core-lightning]'),
      'docker-compose.yml': `services:
  app_proxy: { environment: { APP_HOST: garden_web_1, APP_PORT: 3000 } }
  web:
    image: web:2
    environment:
      RPC: http://$APP_BITCOIN_RPC_USER:$APP_BITCOIN_RPC_PASS@$APP_BITCOIN_NODE_IP:$APP_BITCOIN_RPC_PORT
      PEER: \${APP_CORE_LIGHTNING_DAEMON_IP}
      OWN: $APP_GARDEN_VALUE
    volumes: ["\${${volume}}/data:/data"]
`,
      'exports.sh': 'export APP_GARDEN_VALUE="x-$APP_BITCOIN_NETWORK"\n',
    });

    it('asks for what those would export', async () => {
      const given = {
        APP_BITCOIN_RPC_USER: 'u',
        APP_BITCOIN_RPC_PASS: 'p',
        APP_BITCOIN_NODE_IP: '192.0.2.1',
        APP_BITCOIN_RPC_PORT: '8332',
        APP_CORE_LIGHTNING_DAEMON_IP: '192.0.2.2',
        APP_BITCOIN_NETWORK: 'main',
      };
      const open = await installedTemplate(needing('APP_DATA_DIR'));
      expect([open.verdict, open.missing]).toEqual([
        'usable',
        expect.arrayContaining(Object.keys(given).map((name) => `variables.${name}`)),
      ]);
      const note = open.app.problems.find(({ code }) => code === 'needs-app');
      expect(note?.kind).toBe('note');
      expect(note?.message.en).toContain('bitcoin, core-lightning');
      const app = await installedTemplate(needing('APP_DATA_DIR'), { given });
      expect(app.missing).toEqual([]);
      expect(app.environment('web')).toMatchObject({
        RPC: 'http://u:p@192.0.2.1:8332',
        PEER: '192.0.2.2',
        OWN: 'x-main',
      });
      const definitions = app.template.metadata.variables;
      expect(definitions.find(({ name }) => name === 'APP_BITCOIN_RPC_PASS')).toMatchObject({
        secret: true,
        generated: false,
      });
    });

    it('is not supported where it mounts a folder of another app', async () => {
      const app = await installedTemplate(needing('APP_BITCOIN_DATA_DIR'), {
        given: { APP_BITCOIN_DATA_DIR: './mine' },
      });
      expect([app.verdict, app.findings]).toEqual(['unsupported', ['needs-app']]);
      expect(app.app.problems.find(({ code }) => code === 'needs-app')?.message.en).toBe(
        'mounts a folder of the app bitcoin, which is not supported',
      );
    });
  });

  it.each(['id: [', 'a: &a [*a]', '- 1', 'dependencies: 7\nname: {}\npath: []'])(
    'survives the manifest %j',
    async (text) => {
      const app = await installedTemplate({ ...files, 'umbrel-app.yml': text });
      expect(['usable', 'broken']).toContain(app.verdict);
    },
  );
});
