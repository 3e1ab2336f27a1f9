import { createHmac } from 'node:crypto';
import {
  installedTemplate,
  removeTemplates,
} from '../../../../test/support/catalog/installed-template';
import { placeholderValues } from '../template/template-variables';
import { dokploy } from './dokploy';

afterAll(removeTemplates);

const compose = `services:
  pad:
    image: pad:1
    env_file: .env
    environment: { DATABASE_URL: "\${DATABASE_URL}", TOKEN: "\${TOKEN}", ADDRESS: "\${ADDRESS}" }
    volumes: ["../files/pad.conf:/etc/pad.conf:ro", "../files/data:/data"]
  admin: { image: admin:1 }
  db: { image: "postgres:16", environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}" } }
`;
const template = `[variables]
main_domain = "\${domain}"
admin_domain = "\${domain}"
db_password = "\${password:20}"
signing_key = "\${base64:48}"
claims = """{"role": "anon", "exp": \${timestamps:2030-01-01T00:00:00Z}}"""
token = "\${jwt:signing_key:claims}"

[config]
[[config.domains]]
serviceName = "pad"
port = 8080
host = "\${main_domain}"
path = "/pad"

[[config.domains]]
serviceName = "admin"
port = 9090
host = "\${admin_domain}"

[config.env]
ADDRESS = "https://\${main_domain}/x"
ADMIN = "http://\${admin_domain}"
DB_PASSWORD = "\${db_password}"
DATABASE_URL = "postgres://pad:\${db_password}@db/pad"
TOKEN = "\${token}"
ID = "\${uuid}"

[[config.mounts]]
filePath = "/pad.conf"
content = """
password = \${db_password}
home = \${HOME}
"""
`;
const meta = JSON.stringify({
  id: 'pad',
  name: 'Pad',
  version: '1.2',
  description: 'Write together',
  tags: ['collaboration', 'wiki'],
  links: { github: 'https://git.test/pad', website: 'javascript:x', docs: 'https://docs.test' },
});

describe(dokploy.name, () => {
  it('generates, publishes and writes what the store would', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': compose,
      'template.toml': template,
      'meta.json': meta,
    });
    expect([app.template.layout, app.verdict, app.findings, app.missing]).toEqual([
      'dokploy',
      'usable',
      [],
      [],
    ]);
    expect(app.main).toBe('pad:8080');
    expect(app.published).toEqual(['pad:8080 main', 'admin:9090 other', 'db:5432 database']);
    const { DATABASE_URL, ADDRESS, ADMIN, TOKEN, ID } = app.environment('pad');
    const password = app.environment('db').POSTGRES_PASSWORD ?? '';
    expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(DATABASE_URL).toBe(`postgres://pad:${password}@db/pad`);
    expect([ADDRESS, ADMIN]).toEqual(['http://box.lan:9001/x', 'http://box.lan:9002']);
    expect(ID).toMatch(/^[0-9a-f-]{36}$/);
    expect(app.binds('pad')).toEqual(['./files/pad.conf:/etc/pad.conf', './files/data:/data']);
    expect(app.app.files).toMatchObject([
      { path: 'files/pad.conf', content: `password = ${password}\nhome = \${HOME}\n` },
    ]);
    const [head, claims, signature] = (TOKEN ?? '').split('.');
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
      role: 'anon',
      exp: 1893456000,
    });
    const key = app.values.signing_key ?? '';
    expect(Buffer.from(key, 'base64')).toHaveLength(48);
    expect(createHmac('sha256', key).update(`${head}.${claims}`).digest('base64url')).toBe(
      signature,
    );
    expect(app.template.metadata).toMatchObject({
      title: { en: 'Pad' },
      category: 'knowledge',
      version: '1.2',
      website: 'https://git.test/pad',
      main: { path: '/pad' },
    });
  });

  it('reads the environment as a list', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a, environment: ["X=${X}", "Y=${Y}"] } }',
      'template.toml': '[config]\nenv = ["X=1=2", "Y=${hash:12}", "=bad"]',
    });
    const { X, Y } = app.environment('a');
    expect(X).toBe('1=2');
    expect(Y).toMatch(/^[0-9a-f]{12}$/);
  });

  it('makes random bytes of a jwt with a length, as the store does', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a, environment: ["K=${K}", "T=${T}"] } }',
      'template.toml': '[variables]\nk = "${jwt:32}"\n[config]\nenv = ["K=${k}", "T=${jwt}"]',
    });
    const { K, T } = app.environment('a');
    expect(K).toMatch(/^[0-9a-f]{64}$/);
    expect(T?.split('.')).toHaveLength(3);
  });

  it('asks for variables that are described and reads a list for each service', async () => {
    const app = await installedTemplate({
      'docker-compose.yml':
        'services: { a: { image: a, environment: ["GATE=${GATE}", "PIN_SECRET=${PIN_SECRET}", "X=${X}"] } }',
      'template.toml': `[config.env]
web = ["X=1", "Y=2"]`,
    });
    expect(app.environment('a').X).toBe('1');
    const described = await installedTemplate({
      'docker-compose.yml':
        'services: { a: { image: a, environment: ["GATE=${GATE}", "PIN_SECRET=${PIN_SECRET}"] } }',
      'template.toml': `[config]
env = [
  { name = "GATE", description = "Which gate opens", required = true },
  { name = "PIN_SECRET", required = true },
  { name = "plain" },
]`,
    });
    expect(described.missing).toEqual(['variables.GATE']);
    expect(described.environment('a').PIN_SECRET).not.toBe('');
    const [gate] = described.template.metadata.variables;
    expect(gate).toMatchObject({ name: 'GATE', description: { en: 'Which gate opens' } });
  });

  it('generates the secrets that a public template sets, unless a file of it repeats them', async () => {
    const app = await installedTemplate({
      'docker-compose.yml':
        'services: { a: { image: a, environment: ["A_PASSWORD=${A_PASSWORD}", "B_PASSWORD=${B_PASSWORD}", "C_TOKEN=${C_TOKEN}"] } }',
      'template.toml': `[variables]
c_token = "quiet-lemon-77"
[config]
env = ["A_PASSWORD=quiet-apple-77", "B_PASSWORD=quiet-grape-77", "C_TOKEN=${'${c_token}'}"]
[[config.mounts]]
filePath = "b.conf"
content = "pass quiet-grape-77"`,
    });
    const { A_PASSWORD, B_PASSWORD, C_TOKEN } = app.environment('a');
    expect(A_PASSWORD).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(B_PASSWORD).toBe('quiet-grape-77');
    expect(C_TOKEN).toMatch(/^[A-Za-z0-9]{24}$/);
  });

  it('publishes the usual port of a domain that names none', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a } }',
      'template.toml': '[[config.domains]]\nserviceName = "a"\nhost = "${domain}"',
    });
    expect(app.main).toBe('a:3000');
  });

  it('takes random ports as container ports', async () => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a, ports: ["${P}:${P}", "${Q}:${Q}/udp"] } }',
      'template.toml': '[config]\nenv = ["P=${randomPort}", "Q=${randomPort}"]',
    });
    expect(app.verdict).toBe('usable');
    const judged = Object.values(placeholderValues(app.template));
    expect(judged).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
    expect(new Set(judged).size).toBe(2);
  });

  it.each([
    ['[variables', 'toml-syntax'],
    ['a = 1\na = 2', 'toml-syntax'],
    ['x = "${', 'toml-syntax'],
  ])('reports the TOML %j', async (text, code) => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a } }',
      'template.toml': text,
    });
    expect([app.verdict, app.findings]).toEqual(['broken', [code]]);
  });

  it.each([
    'variables = 1\nconfig = 2',
    '[config]\ndomains = [1, {serviceName = 7}]\nmounts = [{filePath = "../../x", content = "y"}, {content = 1}]\nenv = 5',
    '[variables]\nconstructor = "${domain}"\n__proto__ = "x"\n[config.env]\ntoString = "1"',
  ])('skips unexpected values: %j', async (text) => {
    const app = await installedTemplate({
      'docker-compose.yml': 'services: { a: { image: a } }',
      'template.toml': text,
    });
    expect([app.verdict, app.app.files]).toEqual(['usable', []]);
  });
});
