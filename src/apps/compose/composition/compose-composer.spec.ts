import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TemplateFolder } from '../../../../test/support/template-folder';
import { loadTemplate } from '../layouts/load-template';
import { resolveTemplate } from '../policy/resolve-template';
import type { ResolvedApp } from '../resolve/resolved-app';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function resolve(files: Record<string, string>): Promise<ResolvedApp> {
  const folder = await TemplateFolder.make(files);
  folders.push(folder);
  const template = await loadTemplate(folder.path, { name: 'app' });
  return resolveTemplate(template, { prefix: 'w9-', sharedNetwork: 'shared' });
}

const problems = ({ problems: found }: ResolvedApp) =>
  found
    .filter(({ kind }) => kind !== 'note')
    .map(({ kind, code, file, line }) => `${kind} ${code} ${file}:${line}`);

const serviceOf = (app: ResolvedApp, name: string) => {
  const service = app.project.services.get(name);
  if (!service) throw new Error(`no service ${name}: ${problems(app).join()}`);
  return service;
};

describe('extends', () => {
  it('merges a service into another of the same file', async () => {
    const app = await resolve({
      'compose.yaml': `services:
  base:
    image: one
    command: base
    environment: [A=1, B=2]
    labels: { x: "1" }
    ports: ["80:80", "81:81"]
    volumes: ["./base:/data", "cache:/cache"]
    dns: 1.1.1.1
    healthcheck: { test: [CMD, base], interval: 5s }
    logging: { driver: local, options: { max-size: 1m } }
  web:
    extends: base
    image: two
    command: [over]
    environment: { B: 3, C: 4 }
    labels: [y=2]
    ports: ["80:80/tcp", "82:82"]
    volumes: ["./over:/data:ro"]
    dns: [8.8.8.8]
    healthcheck: { test: over }
    logging: { driver: json-file }
`,
    });
    expect(problems(app)).toEqual([]);
    const web = serviceOf(app, 'web');
    expect(web.image).toBe('two');
    expect(web.command).toEqual(['over']);
    expect(Object.fromEntries(web.environment)).toEqual({ A: '1', B: '3', C: '4' });
    expect(Object.fromEntries(web.labels)).toEqual({ x: '1', y: '2' });
    expect(web.ports.map(({ containerPort }) => containerPort)).toEqual([80, 81, 82]);
    expect(web.mounts).toMatchObject([
      { source: './over', target: '/data', readOnly: true },
      { source: 'cache', target: '/cache' },
    ]);
    expect(web.dns).toEqual(['1.1.1.1', '8.8.8.8']);
    expect(web.healthcheck).toMatchObject({ test: ['CMD-SHELL', 'over'], interval: 5e9 });
    expect(web.logging).toEqual({ driver: 'json-file', options: new Map() });
  });

  it('reads a chain over files, each with paths of its own folder', async () => {
    const app = await resolve({
      'compose.yaml': `services:
  web:
    extends: { file: parts/web.yaml, service: web }
    volumes: ["./own:/own"]
`,
      'parts/web.yaml': `services:
  web:
    extends: { file: deep/base.yaml, service: base }
    build: { context: ./src, dockerfile: D }
    volumes: ["./data:/data", { type: bind, source: long, target: /long }]
    env_file: web.env
  unused: { image: "not valid!" }
`,
      'parts/deep/base.yaml':
        'services: { base: { env_file: [base.env], volumes: ["../up:/up"] } }',
      'parts/src/D': 'FROM scratch',
      'parts/web.env': 'A=web\nB=web',
      'parts/deep/base.env': 'A=base\nC=base',
    });
    expect(problems(app)).toEqual([]);
    const web = serviceOf(app, 'web');
    expect(web.build).toMatchObject({ context: './parts/src', dockerfile: 'D' });
    expect(web.mounts.map(({ source }) => source)).toEqual([
      './parts/up',
      './parts/data',
      './parts/long',
      './own',
    ]);
    expect(Object.fromEntries(web.environment)).toEqual({ A: 'web', B: 'web', C: 'base' });
    expect([...app.project.services.keys()]).toEqual(['web']);
  });

  it('reports findings with the location where they were written', async () => {
    const app = await resolve({
      'compose.yaml': 'services:\n  web:\n    extends: { file: b.yaml, service: base }\n',
      'b.yaml': 'services:\n  base:\n    image: x\n\n    privileged: true\n    what: 1\n',
    });
    expect(problems(app)).toEqual([
      'unsupported unsupported-key b.yaml:6',
      'forbidden privileged b.yaml:5',
    ]);
  });

  it.each([
    ['a circle', 'a: { extends: b }\n  b: { extends: a }', ['broken extends-cycle compose.yaml:2']],
    ['itself', 'a: { image: x, extends: a }', ['broken extends-cycle compose.yaml:2']],
    ['nobody', 'a: { image: x, extends: nobody }', ['broken extends-missing compose.yaml:2']],
    [
      'no service',
      'a: { image: x, extends: { file: b.yaml } }',
      ['broken bad-value compose.yaml:2'],
    ],
    [
      'a file that is not there',
      'a: { image: x, extends: { file: c.yaml, service: a } }',
      ['broken missing compose.yaml:2'],
    ],
    [
      'a file outside the folder',
      'a: { image: x, extends: { file: ../../etc/passwd, service: a } }',
      ['broken outside-folder compose.yaml:2'],
    ],
    [
      'an absolute path',
      'a: { image: x, extends: { file: /etc/passwd, service: a } }',
      ['broken outside-folder compose.yaml:2'],
    ],
    [
      'a file that is no YAML',
      'a: { image: x, extends: { file: bad.yaml, service: a } }',
      ['broken yaml-syntax bad.yaml:1'],
    ],
  ])('refuses %s', async (_, services, expected) => {
    const app = await resolve({
      'compose.yaml': `services:\n  ${services}\n`,
      'bad.yaml': 'a: [',
      'b.yaml': 'services: {}',
    });
    expect(problems(app)).toEqual(expect.arrayContaining(expected));
  });

  it('rejects a cycle over two files', async () => {
    const app = await resolve({
      'compose.yaml': 'services: { a: { image: x, extends: { file: b.yaml, service: b } } }',
      'b.yaml': 'services: { b: { extends: { file: compose.yaml, service: a } } }',
    });
    expect(problems(app)).toEqual([expect.stringContaining('broken extends-cycle')]);
  });

  it('does not follow a link out of the folder', async () => {
    const outside = await TemplateFolder.make({ 'x.yaml': 'services: { b: { image: secret } }' });
    const folder = await TemplateFolder.make({
      'compose.yaml': 'services: { a: { image: x, extends: { file: l/x.yaml, service: b } } }',
    });
    folders.push(outside, folder);
    await symlink(outside.path, join(folder.path, 'l'));
    const template = await loadTemplate(folder.path, { name: 'app' });
    expect(template.problems.map(({ code }) => code)).toContain('outside-folder');
    expect(JSON.stringify(template.source.data)).not.toContain('secret');
  });

  it('rejects an excessively long chain', async () => {
    const links = Array.from({ length: 60 }, (_, n) => `  s${n}: { extends: s${n + 1} }\n`);
    const app = await resolve({
      'compose.yaml': `services:\n${links.join('')}  s60: { image: x }\n`,
    });
    expect(problems(app)).toEqual(expect.arrayContaining(['broken extends-cycle compose.yaml:52']));
  });
});

describe('include', () => {
  it('includes everything that other files of the folder declare', async () => {
    const app = await resolve({
      'compose.yaml': `include:
  - db/compose.yaml
  - path: [monitor.yaml, monitor.more.yaml]
    project_directory: mon
    env_file: mon/env
services:
  web: { image: "web:$TAG", depends_on: [db], networks: [back] }
`,
      '.env': 'TAG=1',
      'db/compose.yaml': `include: [inner/compose.yaml]
services:
  db: { image: "mysql:\${DB_TAG}", volumes: ["./data:/data", "store:/s"], networks: [back], secrets: [pw] }
networks: { back: { internal: true } }
volumes: { store: { labels: { a: b } } }
secrets: { pw: { file: ./pw.txt } }
`,
      'db/.env': 'DB_TAG=8\nTAG=overridden',
      'db/inner/compose.yaml': 'services: { inner: { image: i } }',
      'monitor.yaml': 'services: { mon: { image: "m:$MON", volumes: ["./x:/x"], command: one } }',
      'monitor.more.yaml': 'services: { mon: { command: two } }',
      'mon/env': 'MON=7',
    });
    expect(problems(app)).toEqual([]);
    expect([...app.project.services.keys()].sort()).toEqual(['db', 'inner', 'mon', 'web']);
    expect(serviceOf(app, 'web').image).toBe('web:1');
    expect(serviceOf(app, 'db').image).toBe('mysql:8');
    expect(serviceOf(app, 'db').mounts[0]?.source).toBe('./db/data');
    expect(serviceOf(app, 'mon')).toMatchObject({ image: 'm:7', command: ['two'] });
    expect(serviceOf(app, 'mon').mounts[0]?.source).toBe('./mon/x');
    expect(app.project.networks.get('back')?.internal).toBe(true);
    expect(app.project.volumes.get('store')?.labels.get('a')).toBe('b');
    expect(app.project.secrets.get('pw')?.file).toBe('./db/pw.txt');
  });

  it.each([
    [
      'itself',
      { 'compose.yaml': 'include: [compose.yaml]' },
      'broken include-cycle compose.yaml:1',
    ],
    [
      'one that includes it',
      { 'compose.yaml': 'include: [b.yaml]', 'b.yaml': '\ninclude: [compose.yaml]' },
      'broken include-cycle b.yaml:2',
    ],
    [
      'another meaning of a name',
      {
        'compose.yaml': 'services: { a: { image: x } }\ninclude: [b.yaml]',
        'b.yaml': 'services: { a: { image: y } }',
      },
      'broken include-conflict compose.yaml:2',
    ],
    [
      'a file that is not there',
      { 'compose.yaml': 'include: [b.yaml]' },
      'broken missing compose.yaml:1',
    ],
    [
      'a file outside',
      { 'compose.yaml': 'include: [../b.yaml]' },
      'broken outside-folder compose.yaml:1',
    ],
    [
      'a folder outside',
      {
        'compose.yaml': 'include: [{ path: b.yaml, project_directory: .. }]',
        'b.yaml': 'services: { a: { image: y, volumes: ["./x:/x"] } }',
      },
      'broken outside-folder compose.yaml:1',
    ],
    [
      'a file from elsewhere',
      { 'compose.yaml': 'include: ["oci://registry.test/app:1"]' },
      'unsupported unsupported-key compose.yaml:1',
    ],
    [
      'nothing',
      { 'compose.yaml': 'include: [{ env_file: x }]' },
      'broken bad-value compose.yaml:1',
    ],
    [
      'a key that is unknown',
      {
        'compose.yaml': 'include: [b.yaml]',
        'b.yaml': 'services: { a: { image: y } }\n\nmodels: {}',
      },
      'unsupported unsupported-key b.yaml:3',
    ],
  ])('refuses %s', async (_, files, expected) => {
    expect(problems(await resolve(files))).toContain(expected);
  });

  it('accepts identical declarations', async () => {
    const app = await resolve({
      'compose.yaml': 'include: [b.yaml, c.yaml]\nservices: { a: { image: x } }',
      'b.yaml': 'include: [d.yaml]',
      'c.yaml': 'include: [d.yaml]',
      'd.yaml': 'services: { d: { image: d } }',
    });
    expect(problems(app)).toEqual([]);
  });

  it('reads files that include each other only once', async () => {
    const files: Record<string, string> = { 'compose.yaml': 'include: [0a.yaml, 0b.yaml]' };
    for (let n = 0; n < 20; n++) {
      for (const half of 'ab')
        files[`${n}${half}.yaml`] = `include: [${n + 1}a.yaml, ${n + 1}b.yaml]`;
    }
    files['20a.yaml'] = files['20b.yaml'] = 'services: { a: { image: x } }';
    const app = await resolve(files);
    expect(app.problems.map(({ code }) => code)).toContain('too-many-files');
  });
});

describe('an override file', () => {
  it('is merged over the Compose file', async () => {
    const app = await resolve({
      'docker-compose.yml': 'services: { a: { image: x, command: one, environment: [A=1] } }',
      'docker-compose.override.yml':
        'services:\n  a: { command: two, environment: { B: 2 } }\n  b: { image: y, wat: 1 }\n',
    });
    expect(problems(app)).toEqual(['unsupported unsupported-key docker-compose.override.yml:3']);
    expect(serviceOf(app, 'a')).toMatchObject({ image: 'x', command: ['two'] });
    expect([...serviceOf(app, 'a').environment]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });
});
