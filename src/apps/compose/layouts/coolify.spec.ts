import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';
import { coolify } from './coolify';

afterAll(removeTemplates);

const file = `# documentation: https://docs.test/board
# slogan: Plan together
# tags: kanban, team
# category: productivity
# port: 8000

services:
  board:
    image: board:2
    environment:
      - SERVICE_URL_BOARD_8000
      - HOME_URL=\${SERVICE_URL_BOARD}
      - HOST_NAME=$SERVICE_FQDN_BOARD
      - API=\${SERVICE_URL_API_9000}/v1
      - DATABASE=postgres://$SERVICE_USER_DB:$SERVICE_PASSWORD_DB@db/board
      - SECRET=\${SERVICE_BASE64_64_BOARD}
      - RAW=\${SERVICE_REALBASE64_32_BOARD}
      - HEX=\${SERVICE_HEX_32_BOARD}
      - MODE=\${MODE:-team}
      - ANON=\${SERVICE_SUPABASEANON_KEY}
    volumes:
      - { type: bind, source: ./conf.ini, target: /etc/conf.ini, content: "a = $HOME\\n" }
      - { type: bind, source: ./data, target: /data, is_directory: true }
  api:
    image: api:2
    exclude_from_hc: true
    environment: ["SERVICE_FQDN_API_9000=/v1"]
  db:
    image: postgres:16
    environment: { POSTGRES_USER: $SERVICE_USER_DB, POSTGRES_PASSWORD: "\${SERVICE_PASSWORD_DB}" }
`;

describe(coolify.name, () => {
  it.each([
    ['in a folder', { 'docker-compose.yml': file }, {}],
    ['as one file', { 'board.yaml': file, 'other.yaml': file }, { file: 'board.yaml' }],
  ])('fills in the variables of a template %s', async (_, files, options) => {
    const app = await installedTemplate(files, options);
    expect([app.template.layout, app.verdict, app.findings, app.missing]).toEqual([
      'coolify',
      'usable',
      [],
      [],
    ]);
    expect(app.published).toEqual(['board:8000 main', 'api:9000 other', 'db:5432 database']);
    const board = app.environment('board');
    const db = app.environment('db');
    expect(board).toMatchObject({
      SERVICE_URL_BOARD_8000: 'http://box.lan:9001',
      HOME_URL: 'http://box.lan:9001',
      HOST_NAME: 'box.lan:9001',
      API: 'http://box.lan:9002/v1',
      DATABASE: `postgres://${db.POSTGRES_USER}:${db.POSTGRES_PASSWORD}@db/board`,
      MODE: 'team',
    });
    expect(db.POSTGRES_PASSWORD).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(db.POSTGRES_USER).toMatch(/^[a-z0-9]{16}$/);
    expect(board.SECRET).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(Buffer.from(board.RAW ?? '', 'base64')).toHaveLength(32);
    expect(board.HEX).toMatch(/^[0-9a-f]{64}$/);
    expect(board.ANON?.split('.')).toHaveLength(3);
    expect(app.binds('board')).toEqual(['./conf.ini:/etc/conf.ini', './data:/data']);
    expect(app.app.files).toMatchObject([{ path: 'conf.ini', content: 'a = $HOME\n' }]);
    expect(app.template.metadata).toMatchObject({
      description: { en: 'Plan together' },
      category: 'knowledge',
      documentation: 'https://docs.test/board',
    });
  });

  it('has whole addresses in the names of older templates', async () => {
    const app = await installedTemplate({
      'compose.yaml': `# slogan: Old
services:
  web: { image: "web:1", environment: [SERVICE_FQDN_WEB_3000, "URL=\${SERVICE_FQDN_WEB}"] }
`,
    });
    expect(app.environment('web')).toEqual({
      SERVICE_FQDN_WEB_3000: 'http://box.lan:9001',
      URL: 'http://box.lan:9001',
    });
  });

  it('reaches the services that are named without a number at the port that they name themselves', async () => {
    const app = await installedTemplate({
      'compose.yaml': `# slogan: No port
services:
  my-app:
    image: a:1
    environment: [SERVICE_URL_MYAPP=/]
    healthcheck: { test: [CMD-SHELL, "curl -f http://127.0.0.1:8123/health"] }
  console: { image: "c:1", environment: [SERVICE_URL_CONSOLE], expose: [4000] }
  admin: { image: "d:1", environment: { SERVICE_URL_ADMIN: "", PORT: 5000 } }
  plain: { image: "p:1", environment: [SERVICE_URL_PLAIN] }
`,
    });
    expect(app.published).toEqual([
      'my-app:8123 main',
      'console:4000 other',
      'admin:5000 other',
      'plain:80 other',
    ]);
  });

  it.each([
    ['image: a:1\n    environment: [BASE=$SERVICE_FQDN_WEBUI]', 'web-ui:80 main'],
    ['image: a:1\n    command: server /data --console-address ":9001"', 'web-ui:9001 main'],
    ['image: a:1\n    command: [serve, --port, "7000"]', 'web-ui:7000 main'],
    ['image: a:1\n    ports: ["1234:4321"]', 'web-ui:4321 main'],
  ])('finds the way in of %j', async (lines, expected) => {
    const app = await installedTemplate({
      'compose.yaml': `# slogan: Hidden
services:
  db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: $SERVICE_PASSWORD_DB } }
  web-ui:
    ${lines}
`,
    });
    expect(app.published).toEqual(expect.arrayContaining([expected]));
    expect(app.main).toBe(expected.replace(' main', ''));
  });

  it('takes the default that one use of a variable has for all of them', async () => {
    const app = await installedTemplate({
      'compose.yaml': `# slogan: Defaults
services:
  web:
    image: a:1
    environment:
      - SERVICE_URL_WEB_80
      - URL=pg://db/\${DB_NAME}
      - MAIL=\${MAIL_HOST}
  db: { image: "d:1", environment: ["NAME=\${DB_NAME:-board}"] }
`,
    });
    expect(app.environment('web')).toMatchObject({ URL: 'pg://db/board', MAIL: '' });
    expect(app.environment('db')).toEqual({ NAME: 'board' });
  });

  it('tells a container its address where that asks its shell for it', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': `# port: 8000
services:
  board:
    image: board:2
    environment: [SERVICE_URL_BOARD_8000, "OWNER=$SERVICE_LOWERCASEUSER_OWNER"]
    command: ["sh", "-c", "serve --as $\${COOLIFY_URL#http://}"]
  api:
    image: api:2
    environment: { SERVICE_URL_API_9000: "" }
    command: 'sh -c "api $$COOLIFY_FQDN"'
  job: { image: job:2 }
`,
    });
    expect(app.environment('board').COOLIFY_URL).toBe('http://box.lan:9001');
    expect(app.environment('board').OWNER).toMatch(/^[a-z0-9]{16}$/);
    expect(app.environment('api').COOLIFY_FQDN).toBe('box.lan:9002');
    expect(app.environment('job')).toEqual({});
  });

  it('leaves the address of another template blank where nothing is reached', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': `# slogan: Watches
services:
  agent:
    image: agent:2
    environment: ["HUB=\${HUB:-$SERVICE_URL_HUB}"]
`,
    });
    expect([app.verdict, app.environment('agent')]).toEqual(['usable', { HUB: '' }]);
  });

  it('fills in what stands behind a question mark, but no message', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': `# slogan: Asks
services:
  a:
    image: a:1
    environment: ["STEP=\${STEP:?7}", "NAME=\${NAME:?tell a name}", "KIND=\${KIND:?}", "PIN_SECRET=\${PIN_SECRET:?known}"]
`,
    });
    expect(app.missing.sort()).toEqual(['variables.KIND', 'variables.NAME']);
    expect(app.environment('a').STEP).toBe('7');
    expect(app.environment('a').PIN_SECRET).toMatch(/^[A-Za-z0-9]{24,}$/);
  });

  it('means the app itself by its home', async () => {
    const app = await installedTemplate({
      'docker-compose.yml':
        '# slogan: Homely\nservices: { a: { image: a, volumes: ["~/notes:/notes"] } }',
    });
    expect([app.verdict, app.binds('a')]).toEqual(['usable', ['./notes:/notes']]);
  });
});
