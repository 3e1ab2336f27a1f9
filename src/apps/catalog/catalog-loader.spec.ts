import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TemplateFolder } from '../../../test/support/template-folder';
import { CatalogLoader } from './catalog-loader';

const good = 'services: { web: { image: "web:1", ports: ["80:80"] } }';
const one = (lines: string) => `services:\n  a:\n    image: a:1\n    ${lines}\n`;
/** Ten levels of ten aliases each: ten billion items. */
const laughs = Array.from(
  { length: 10 },
  (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(', ')}]`,
);

/** What a hostile or careless catalog may hold, and the verdict and code that it must get. */
const bad: readonly (readonly [name: string, content: string | Buffer, expected: string])[] = [
  ['circle', 'services: { a: { image: a, depends_on: [a] } }', 'broken dependency-cycle'],
  ['format', one('command: "${X:}"'), 'broken bad-interpolation'],
  ['laughs', `a0: &a0 [x]\n${laughs.join('\n')}\nservices: *a10`, 'broken yaml-aliases'],
  ['bind', one('volumes: ["../../../etc:/e"]'), 'forbidden bind-outside'],
  ['env-file', one('env_file: ../../../etc/passwd'), 'broken outside-folder'],
  ['extends-out', one('extends: { file: ../../x.yaml, service: a }'), 'broken outside-folder'],
  ['extends-circle', one('extends: a'), 'broken extends-cycle'],
  ['include-out', 'include: [/etc/passwd]', 'broken outside-folder'],
  ['include-circle', 'include: [compose.yaml]', 'broken include-cycle'],
  ['latin', Buffer.from('services: { a: { image: "\xe9" } }', 'latin1'), 'broken not-utf8'],
  ['huge', Buffer.alloc(10 * 1024 * 1024, 'a'), 'broken too-large'],
  ['deep', '['.repeat(100_000), 'broken yaml-syntax'],
  ['-dash', good, 'broken bad-name'],
  ['naïve', good, 'broken bad-name'],
  ['container', one('container_name: "no name"'), 'broken bad-container-name'],
  ['new-key', one('provider: { type: x }'), 'unsupported unsupported-key'],
];

describe(CatalogLoader.name, () => {
  let first: TemplateFolder;
  let second: TemplateFolder;

  beforeAll(async () => {
    first = await TemplateFolder.make({ 'apps/good/compose.yaml': good });
    for (const [name, content] of bad) await first.write(`apps/${name}/compose.yaml`, content);
    await first.write('apps/linked/compose.yaml', good);
    await symlink('/etc/passwd', join(first.path, 'apps/linked/users'));
    await first.write('apps/Two Words/compose.yaml', good);
    second = await TemplateFolder.make({ 'good/compose.yaml': good, 'other/compose.yaml': good });
  });

  afterAll(async () => {
    await first.remove();
    await second.remove();
  });

  const load = () => {
    const sources = [first, second].map(({ path }, index) => ({
      path,
      trusted: false,
      builtIn: false,
      store: `store-${index + 1}`,
    }));
    return new CatalogLoader(sources, { prefix: 'p-', sharedNetwork: 'p' }).load();
  };

  it('isolates the problems of one app', async () => {
    const { entries } = await load();
    const findings = Object.fromEntries(
      bad.map(([name]) => {
        const problems = entries.get(name)?.problems ?? [];
        return [name, problems.map(({ kind, code }) => `${kind} ${code}`)];
      }),
    );
    for (const [name, , expected] of bad) expect(findings[name]).toContain(expected);
    expect(entries.get('linked')?.problems).toMatchObject([{ code: 'outside-folder' }]);
    const usable = [...entries.values()].filter(({ verdict }) => verdict === 'usable');
    expect(usable.map(({ name }) => name)).toEqual(['good', 'other', 'two-words']);
  });

  it('uses the first of two apps of one name and reports it', async () => {
    const { entries, shadowed } = await load();
    expect(entries.get('good')?.template.folder).toContain(first.path);
    expect(shadowed).toEqual([
      {
        name: 'good',
        qualified: 'store-2/good',
        path: join(second.path, 'good'),
        usedPath: join(first.path, 'apps/good'),
      },
    ]);
  });

  it('does not hide a usable app behind an unusable one', async () => {
    const own = await TemplateFolder.make({
      'bind/compose.yaml': good,
      'latin/compose.yaml': 'services: 7',
    });
    const sources = [first, own].map(({ path }, index) => ({
      path,
      trusted: false,
      builtIn: false,
      store: `store-${index + 1}`,
    }));
    const { entries, shadowed } = await new CatalogLoader(sources, {
      prefix: 'p-',
      sharedNetwork: 'p',
    }).load();
    expect(entries.get('bind')).toMatchObject({ verdict: 'usable', source: { path: own.path } });
    expect(entries.get('latin')?.source.path).toBe(first.path);
    expect(shadowed.map(({ name, usedPath }) => [name, usedPath])).toEqual([
      ['bind', join(own.path, 'bind')],
      ['latin', join(first.path, 'apps/latin')],
    ]);
    await own.remove();
  });

  it('finds the apps of every kind of store', async () => {
    const stores = await TemplateFolder.make({
      'dokploy/blueprints/pad/docker-compose.yml': good,
      'dokploy/blueprints/pad/template.toml': '',
      'coolify/templates/compose/board.yaml': `# slogan: Plan\n${good}`,
      'coolify/templates/compose/other.yaml': 'services: 7',
      'files/shelf.yaml': `# slogan: Books\n${good}`,
      'runtipi/apps/box/docker-compose.json':
        '{"services":[{"name":"box","image":"box:1","isMain":true,"internalPort":80}]}',
      'umbrel/garden/docker-compose.yml': good,
      'umbrel/garden/umbrel-app.yml': 'id: garden',
      'umbrel/README.md': '',
      'plain/notes.yaml': 'a: 1',
      'plain/app/compose.yaml': good,
    });
    const sources = ['dokploy', 'coolify', 'files', 'runtipi', 'umbrel', 'plain'].map((name) => ({
      path: join(stores.path, name),
      trusted: false,
      builtIn: false,
      store: name,
    }));
    const { entries } = await new CatalogLoader(sources, {
      prefix: 'p-',
      sharedNetwork: 'p',
    }).load();
    expect(
      [...entries.values()].map(({ name, template, verdict }) => [name, template.layout, verdict]),
    ).toEqual([
      ['app', 'plain', 'usable'],
      ['board', 'coolify', 'usable'],
      ['box', 'runtipi', 'usable'],
      ['garden', 'umbrel', 'usable'],
      ['other', 'plain', 'broken'],
      ['pad', 'dokploy', 'usable'],
      ['shelf', 'coolify', 'usable'],
    ]);
    await stores.remove();
  });

  it('keeps every app by store and name, and tells what it has read so far', async () => {
    const { entries, qualified, shadowed, loading } = await load();
    expect(entries.get('good')?.source.store).toBe('store-1');
    expect(qualified.get('store-2/good')?.folder.path).toBe(join(second.path, 'good'));
    expect(shadowed).toMatchObject([{ name: 'good', qualified: 'store-2/good' }]);
    expect(loading).toBe(false);
    const source = { path: second.path, trusted: false, builtIn: false, store: 'two' };
    const loader = new CatalogLoader([source], { prefix: 'p-', sharedNetwork: 'p' });
    expect(loader.partial()).toMatchObject({ loading: true, entries: new Map() });
    await loader.load();
    expect(new Set(loader.partial().qualified.keys())).toEqual(new Set(['two/good', 'two/other']));
  });
});
