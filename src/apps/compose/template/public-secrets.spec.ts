import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';
import { completeVariables } from './template-variables';

afterAll(removeTemplates);

const compose = `services:
  web:
    image: web:1
    env_file: .env
    environment:
      - ALSO=Sommer-2024
      - MYSQL_PASSWORD=root
      - USER=root
      - ADDRESS=mysql://root:root@db/web
      - LONG=x:Sommer-2024,y
    command: run --password=root --user root --secret Sommer-2024
  db:
    image: mysql:8
    environment: { MYSQL_ROOT_PASSWORD: $DB_PASSWORD }
    healthcheck: { test: [CMD-SHELL, "mysqladmin ping -uroot -proot"] }
`;
const env = `SESSION_SECRET='Sommer-2024'
DB_PASSWORD=root
SECOND_PASSWORD=root
URL="postgres://u:Sommer-2024@db"
APP_KEY=base64:3qjlIoUX4Tw6fUQgZcxMbz6lb8+dAzqpvItqHvahW1c=
HEX_TOKEN=00112233445566778899aabbccddeeff
OPENAI_API_KEY=sk-mine
SMTP_PASSWORD=mine
TOKEN_TTL=3600
SECRET_FILE=/run/secret
DB_USER=root
`;

describe('secrets that everybody can read in a .env', () => {
  it('are generated, alike in every place that repeats them', async () => {
    const app = await installedTemplate({ 'compose.yaml': compose, '.env': env });
    expect([app.findings, app.missing]).toEqual([[], []]);
    const { SESSION_SECRET: session, DB_PASSWORD: root } = app.values;
    expect(session).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(root).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(app.environment('web')).toMatchObject({
      SESSION_SECRET: session,
      DB_PASSWORD: root,
      SECOND_PASSWORD: root,
      URL: `postgres://u:${session}@db`,
      APP_KEY: expect.stringMatching(/^base64:[A-Za-z0-9+/]{43}=$/),
      HEX_TOKEN: expect.stringMatching(/^[0-9a-f]{32}$/),
      ALSO: session,
      MYSQL_PASSWORD: root,
      USER: 'root',
      DB_USER: 'root',
      ADDRESS: `mysql://root:${root}@db/web`,
      LONG: `x:${session},y`,
      OPENAI_API_KEY: 'sk-mine',
      SMTP_PASSWORD: 'mine',
      TOKEN_TTL: '3600',
      SECRET_FILE: '/run/secret',
    });
    const { services } = app.app.project;
    expect(services.get('web')?.command).toEqual([
      'run',
      `--password=${root}`,
      '--user',
      'root',
      '--secret',
      session,
    ]);
    expect(services.get('db')?.environment.get('MYSQL_ROOT_PASSWORD')).toBe(root);
    expect(services.get('db')?.healthcheck?.test).toEqual([
      'CMD-SHELL',
      `mysqladmin ping -uroot -p${root}`,
    ]);
  });

  it('stay where the owner enters them, where data was made with them and in a trusted catalog', async () => {
    const files = { 'compose.yaml': compose, '.env': env };
    const kept = await installedTemplate(files, { given: { SESSION_SECRET: 'Sommer-2024' } });
    expect(kept.environment('web').ALSO).toBe('Sommer-2024');
    const trusted = await installedTemplate(files, { trusted: true });
    expect(trusted.environment('web')).toMatchObject({ DB_PASSWORD: 'root', ALSO: 'Sommer-2024' });
    const { values } = completeVariables(kept.template, {}, {}, true);
    expect(values).toMatchObject({ SESSION_SECRET: 'Sommer-2024', DB_PASSWORD: 'root' });
    const fresh = completeVariables(kept.template, {}, { DB_PASSWORD: 'mine' }).values;
    expect(fresh).toMatchObject({ SESSION_SECRET: 'Sommer-2024', DB_PASSWORD: 'mine' });
  });

  it('stay where a file of the folder repeats them', async () => {
    const app = await installedTemplate({
      'compose.yaml': compose,
      '.env': env,
      'src/app.conf': 'secret = Sommer-2024\n',
    });
    expect(app.environment('web')).toMatchObject({ SESSION_SECRET: 'Sommer-2024' });
    expect(app.values.DB_PASSWORD).toMatch(/^[A-Za-z0-9]{24}$/);
  });
});
