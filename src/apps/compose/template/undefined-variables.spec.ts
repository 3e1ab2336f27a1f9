import { TemplateFolder } from '../../../../test/support/template-folder';
import { verdictOf } from '../language/template-problem';
import { resolveTemplate } from '../policy/resolve-template';
import { loadTemplate } from '../layouts/load-template';
import { secrecyOf } from './secret-names';
import { completeVariables, listVariables, placeholderValues } from './template-variables';
import { undefinedVariables } from './undefined-variables';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function load(compose: string, env?: string) {
  const files = { 'compose.yaml': compose, ...(env === undefined ? {} : { '.env': env }) };
  const folder = await TemplateFolder.make(files);
  folders.push(folder);
  return loadTemplate(folder.path, { name: 'app' });
}

const input = { prefix: 'p-', sharedNetwork: 'p' };

describe(undefinedVariables.name, () => {
  it('makes every variable without a value one of the app', async () => {
    const template = await load(
      `services:
  web:
    image: "web:\${TAG}"
    environment:
      MAIL_FROM: \${MAIL_FROM:?who sends mail}
      # How many visitors may come at once
      VISITORS: \${VISITORS:-20}
      COLOUR: "\${COLOUR}" # of the front page
      DB_PASSWORD: \${DB_PASSWORD}
      SALT: \${GRAIN}
      SMTP_PASSWORD: \${SMTP_PASSWORD}
      SESSION: \${SESSION_SECRET:?openssl rand -hex 32}
      TZ: $TZ
      ADDRESS: \${APP_URL}
      KNOWN: \${KNOWN} \${OTHER:-$KNOWN}
    volumes: ["\${MEDIA}/films:/films"]
  db: { image: "db:1", environment: ["PASSWORD=\${DB_PASSWORD}", PASSED_ON] }
`,
      'KNOWN=1',
    );
    const listed = listVariables(template).map((item) => [
      item.name,
      item.required ? 'required' : item.generated ? item.format : item.secret ? 'secret' : 'open',
      item.default,
    ]);
    expect(listed).toEqual([
      ['TAG', 'required', null],
      ['MAIL_FROM', 'required', null],
      ['VISITORS', 'open', '20'],
      ['COLOUR', 'open', null],
      ['DB_PASSWORD', 'password', null],
      ['GRAIN', 'password', null],
      ['SMTP_PASSWORD', 'secret', null],
      ['SESSION_SECRET', 'hex', null],
      ['TZ', 'open', 'UTC'],
      ['APP_URL', 'open', null],
      ['OTHER', 'open', null],
      ['MEDIA', 'required', null],
      ['PASSED_ON', 'open', null],
    ]);
    const byName = new Map(listVariables(template).map((item) => [item.name, item]));
    expect(byName.get('VISITORS')?.description?.en).toBe('How many visitors may come at once');
    expect(byName.get('COLOUR')?.description?.en).toBe('of the front page');
    expect(byName.get('MAIL_FROM')?.description?.en).toBe('who sends mail');
    expect(byName.get('DB_PASSWORD')?.usedIn).toEqual([
      'services.web.environment.DB_PASSWORD',
      'services.db.environment.0',
    ]);
  });

  it('refuses an install without the required ones, by name, and judges the app without them', async () => {
    const template = await load(
      'services: { a: { image: "a:${TAG:?set it}", volumes: ["${DIR}/x:/x"] } }',
    );
    expect(completeVariables(template, {}).problems.map(({ field }) => field)).toEqual([
      'variables.TAG',
      'variables.DIR',
    ]);
    const judged = resolveTemplate(template, { ...input, values: placeholderValues(template) });
    expect(verdictOf(judged.problems)).toBe('usable');
    const { values, problems } = completeVariables(template, { TAG: '2', DIR: './mine' });
    expect(problems).toEqual([]);
    const app = resolveTemplate(template, { ...input, values });
    const service = app.project.services.get('a');
    expect([service?.image, service?.mounts[0]?.source]).toEqual(['a:2', './mine/x']);
  });

  it('passes one generated value to every place', async () => {
    const template = await load(`services:
  a: { image: a, environment: { P: "\${DB_PASSWORD:-changeme}", URL: "db://u:\${DB_PASSWORD:-changeme}@db" } }
`);
    const { values, secretNames } = completeVariables(template, {});
    const app = resolveTemplate(template, { ...input, values });
    const environment = app.project.services.get('a')?.environment;
    expect(environment?.get('P')).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(environment?.get('URL')).toBe(`db://u:${environment?.get('P')}@db`);
    expect(secretNames).toEqual(['DB_PASSWORD']);
  });

  it('gives the app its own address and what is customary', async () => {
    const template = await load(`services:
  a:
    image: a
    ports: ["8080:80"]
    environment: { U: $BASE_URL, D: "\${DOMAIN}", Z: $TZ, X: "\${WEB_URL:-http://x}" }
`);
    const { values } = completeVariables(template, {});
    const app = resolveTemplate(template, {
      ...input,
      values,
      publicHost: 'box.lan',
      leases: { 'a:80/tcp': 9123 },
    });
    expect(Object.fromEntries(app.project.services.get('a')?.environment ?? [])).toEqual({
      U: 'http://box.lan:9123',
      D: 'box.lan',
      Z: 'UTC',
      X: 'http://x',
    });
  });
});

describe(secrecyOf.name, () => {
  it.each([
    ['DB_PASSWORD', 'generated'],
    ['default_pwd', 'generated'],
    ['jwtSecret', 'generated'],
    ['APP_KEY', 'generated'],
    ['PASSWORD_SALT', 'generated'],
    ['ADMIN_TOKEN', 'generated'],
    ['API_KEY', 'asked'],
    ['OPENAI_API_KEY', 'asked'],
    ['SMTP_PASSWORD', 'asked'],
    ['GITHUB_CLIENT_SECRET', 'asked'],
    ['TUNNEL_TOKEN', 'asked'],
    ['PASSWORD_FILE', null],
    ['TOKEN_EXPIRY', null],
    ['PUBLIC_KEY', null],
    ['KEYCLOAK_HOST', null],
    ['COMPASS', null],
    ['MONKEY', null],
  ])('of %s is %s', (name, expected) => {
    expect(secrecyOf(name)).toBe(expected);
  });
});
