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
});
