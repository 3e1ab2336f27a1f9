import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { newInstallation } from '../../../src/apps/install/new-installation';
import { CatalogService } from '../../../src/apps/catalog/catalog.service';
import { GitStores } from '../../../src/apps/stores/git-stores.service';
import { Settings } from '../../../src/platform/config/settings';
import { DockerEngine } from '../../../src/platform/docker/docker-engine';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { signUpUser } from '../../support/factories/users';
import type { HttpClient } from '../../support/http-client';

describe('the catalog', () => {
  let folder: string;
  let sut: AppWithAdmin;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalog-api-'));
    await write('apps/lab/docker-compose.yml', 'services:\n  lab:\n    image: lab:1\n');
    await write('apps/redmine/docker-compose.yml', 'services:\n  redmine:\n    image: other:1\n');
    await write(
      'apps/grabby/docker-compose.yml',
      'services:\n  grabby:\n    image: grabby:1\n    volumes:\n      - /var/run/docker.sock:/s\n',
    );
    await write(
      'apps/Family Album/docker-compose.yml',
      `services:
  album: { image: "album:1", ports: [{ target: 80, published: "\${WEBUI_PORT:-8080}" }] }
x-casaos:
  main: album
  category: Gallery
  index: start
  port_map: "\${WEBUI_PORT:-8080}"
  title: { en_us: Family Album, zh_cn: 家庭相册 }
  tips: { before_install: { en_us: Read this, zh_cn: 先看这里 } }
`,
    );
    sut = await startAppWithAdmin({ CATALOG_PATHS: `${folder}:${folder}/nowhere` });
  });

  afterAll(async () => {
    await sut.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(path: string, text: string): Promise<void> {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }

  it('reports usable and forbidden apps, shadowed names and folders that cannot be read', async () => {
    const { entries, shadowed, sources } = await sut.app.get(CatalogService).current();
    expect(entries.get('lab')?.verdict).toBe('usable');
    expect(entries.get('redmine')?.source.builtIn).toBe(true);
    expect(shadowed.map(({ name }) => name)).toEqual(['redmine']);
    expect(sources.map(({ readable }) => readable)).toEqual([true, true, false]);
    const grabby = entries.get('grabby');
    expect(grabby?.verdict).toBe('forbidden');
    expect(grabby?.problems).toMatchObject([
      {
        code: 'docker-socket',
        key: 'services.grabby.volumes.0',
        file: 'docker-compose.yml',
        line: 5,
      },
    ]);
  });

  describe('by HTTP', () => {
    let admin: HttpClient;
    let user: HttpClient;
    beforeAll(async () => {
      admin = sut.admin.http;
      user = (await signUpUser(sut, sut.admin)).http;
    });

    interface Listing {
      readonly total: number;
      readonly items: readonly { readonly appName: string; readonly verdict: string }[];
    }
    const listed = async (query: string): Promise<Listing> => {
      const answer = await user.get(`/api/v1/apps?${query}`);
      expect(answer.status).toBe(200);
      return answer.body.data as Listing;
    };
    const names = (listing: Listing) => listing.items.map(({ appName }) => appName);

    it('requires a login, and an administrator for the report', async () => {
      expect((await sut.http.get('/api/v1/apps')).body.code).toBe(40000);
      expect((await sut.http.get('/api/v1/apps/redmine')).status).toBe(401);
      expect((await user.get('/api/v1/catalogue/report')).body.code).toBe(40300);
      expect((await user.post('/api/v1/catalogue/reload', {})).status).toBe(403);
    });

    it('searches name, title and description in both languages, best match first', async () => {
      expect(names(await listed('search=redmine'))[0]).toBe('redmine');
      expect(names(await listed(`search=${encodeURIComponent('甘特图')}`))).toContain('redmine');
      expect(names(await listed('search=GANTT'))).toContain('redmine');
      expect((await listed('search=no-such-thing-anywhere')).total).toBe(0);
      expect((await listed('search=%25_')).total).toBe(0);
    });

    it('lists by category and page, usable apps by default', async () => {
      const all = await listed('limit=500');
      expect(all.total).toBeGreaterThanOrEqual(41);
      expect(all.items.every(({ verdict }) => verdict === 'usable')).toBe(true);
      expect(names(await listed('limit=2&page=2'))).toEqual(names(all).slice(2, 4));
      expect(names(await listed('limit=5&page=1000'))).toEqual([]);
      const databases = await listed('category=database&limit=500');
      expect(names(databases)).toEqual(expect.arrayContaining(['mysql', 'postgres']));
      expect(names(databases)).not.toContain('redmine');
      expect(names(await listed('verdict=forbidden'))).toEqual(['grabby']);
    });

    it.each(['category=nonsense', 'limit=0', 'limit=501', 'page=1e2', 'verdict=x', 'colour=red'])(
      'refuses %s',
      async (query) => {
        const answer = await user.get(`/api/v1/apps?${query}`);
        expect([answer.status, answer.body.code]).toEqual([400, 30001]);
      },
    );

    it('tells the store of each app, takes one of another store and suggests near names', async () => {
      const store = basename(folder).toLowerCase();
      const own = (await user.get('/api/v1/apps/redmine')).body.data;
      expect(own).toMatchObject({ store: 'stackscape', others: [`${store}/redmine`] });
      const other = (await user.get(`/api/v1/apps/${store}%2Fredmine`)).body.data;
      expect(other).toMatchObject({
        appName: 'redmine',
        store,
        others: ['stackscape/redmine'],
        images: [{ reference: 'other:1' }],
      });
      const plan = (await user.get(`/api/v1/apps/${store}%2Fredmine/plan`)).body.data;
      expect(plan).toMatchObject({ images: [{ reference: 'other:1' }], localPorts: 0 });
      expect((await user.get('/api/v1/apps/redmine/plan')).body.data).toMatchObject({
        localPorts: 1,
      });
      for (const name of [`${store}%2Fnothing`, `${store}%2Fgitea`]) {
        expect((await user.get(`/api/v1/apps/${name}`)).status).toBe(404);
      }
      const missed = await user.with({ 'accept-language': 'en' }).get('/api/v1/apps/redmin');
      expect(missed.body.msg).toContain('did you mean redmine?');
      expect(names(await listed('search=red-mnie'))).toEqual(['redmine']);
      expect(names(await listed('search=red-mnie&category=database'))).toEqual([]);
      expect((await user.get('/api/v1/apps/a%2Fb%2Fc/plan')).body.code).toBe(30001);
    });

    it('pages the report, by verdict and store', async () => {
      const store = basename(folder).toLowerCase();
      const reported = async (query: string) =>
        (await admin.get(`/api/v1/catalogue/report?${query}`)).body.data as {
          readonly total: number;
          readonly apps: readonly { readonly appName: string }[];
        };
      const all = await reported(`limit=500`);
      expect(all.apps).toHaveLength(all.total);
      const second = await reported('limit=1&page=2');
      expect([second.total, second.apps]).toEqual([all.total, all.apps.slice(1, 2)]);
      const forbidden = await reported(`verdict=forbidden&store=${store}`);
      expect(forbidden).toMatchObject({ total: 1, apps: [{ appName: 'grabby' }], loading: false });
      expect((await reported('store=nowhere')).total).toBe(0);
      expect((await admin.get('/api/v1/catalogue/report?verdict=x')).body.code).toBe(30001);
    });

    it('returns all details of an app and 404 for an unknown one', async () => {
      const answer = await user.get('/api/v1/apps/redmine');
      expect(answer.body.data).toMatchObject({
        appName: 'redmine',
        title: { en: 'Redmine' },
        mainService: 'redmine',
        services: ['db', 'redmine'],
        verdict: 'usable',
        problems: [],
      });
      const { variables, ports } = answer.body.data as {
        variables: { name: string; secret: boolean; default: string | null }[];
        ports: { role: string; variable: string | null }[];
      };
      expect(variables.find(({ name }) => name === 'DB_PASSWORD')).toMatchObject({
        secret: true,
        generated: true,
        default: null,
      });
      expect(ports.map(({ role }) => role).sort()).toEqual(['database', 'main']);
      const none = await user.get('/api/v1/apps/no-such-app');
      expect([none.status, none.body.code]).toEqual([404, 30000]);
    });

    it('finds an app of a CasaOS store by its Chinese name, with tips and the page to open', async () => {
      const found = await listed(`search=${encodeURIComponent('家庭相册')}`);
      expect(names(found)).toEqual(['family-album']);
      expect(names(await listed('search=family%20album'))).toEqual(['family-album']);
      const { body } = await user.get('/api/v1/apps/family-album');
      expect(body.data).toMatchObject({
        title: { zh: '家庭相册', en: 'Family Album' },
        tips: { zh: '先看这里', en: 'Read this' },
        path: '/start',
        category: 'media',
        ports: [{ role: 'main', variable: 'WEBUI_PORT' }],
      });
    });

    it('answers with the content of the folder after a reload', async () => {
      await write('apps/fresh/compose.yaml', 'services: { fresh: { image: "fresh:1" } }\n');
      expect((await admin.post('/api/v1/catalogue/reload', {})).status).toBe(200);
      const imageOf = async () => {
        const { body } = await user.get('/api/v1/apps/fresh');
        return (body.data as { images: { reference: string }[] }).images[0]?.reference;
      };
      expect(await imageOf()).toBe('fresh:1');
      await write('apps/fresh/compose.yaml', 'services: { fresh: { image: "fresh:2" } }\n');
      await admin.post('/api/v1/catalogue/reload', {});
      expect(await imageOf()).toBe('fresh:2');
      await write('apps/fresh/compose.yaml', 'services: {');
      await admin.post('/api/v1/catalogue/reload', {});
      const report = (await admin.get('/api/v1/catalogue/report')).body.data;
      expect(report).toMatchObject({ broken: 1 });
      await rm(join(folder, 'apps/fresh'), { recursive: true });
      await admin.post('/api/v1/catalogue/reload', {});
      expect((await user.get('/api/v1/apps/fresh')).status).toBe(404);
    });

    it('explains in the requested language why an app cannot be installed', async () => {
      const english = await user.with({ 'accept-language': 'en' }).get('/api/v1/apps/grabby');
      const chinese = await user.with({ 'accept-language': 'zh' }).get('/api/v1/apps/grabby');
      const messageOf = (answer: typeof english) =>
        (answer.body.data as { problems: { message: string }[] }).problems[0]?.message;
      expect(messageOf(english)).toContain('refused by policy');
      expect(messageOf(chinese)).toContain('策略不允许');
    });

    it('reports template problems to administrators', async () => {
      const answer = await admin.get('/api/v1/catalogue/report');
      expect(answer.body.data).toMatchObject({
        forbidden: 1,
        broken: 0,
        shadowed: [{ appName: 'redmine' }],
        apps: expect.arrayContaining([
          expect.objectContaining({
            appName: 'grabby',
            verdict: 'forbidden',
            problems: [expect.objectContaining({ code: 'docker-socket', line: 5 })],
          }),
        ]),
      });
      const { body } = await admin.post('/api/v1/catalogue/reload', {});
      expect(body.data.loadedAt > answer.body.data.loadedAt).toBe(true);
    });
  });

  it('answers the first list at once and says that the load goes on', async () => {
    const settings = sut.app.get(Settings);
    const service = new CatalogService(settings, sut.app.get(DockerEngine), sut.app.get(GitStores));
    const whole = service.reload();
    const first = await service.search({});
    expect(first.loading).toBe(true);
    await whole;
    const { found, loading } = await service.search({});
    expect(loading).toBe(false);
    expect(found.length).toBeGreaterThan(first.found.length);
    await service.onModuleDestroy();
  });

  it('keeps an installed app with its store, unless there is no such store any more', async () => {
    const service = sut.app.get(CatalogService);
    const store = basename(folder).toLowerCase();
    const template = await service.find(`${store}/redmine`);
    if (!template) throw new Error('no template');
    const variables = Buffer.alloc(0);
    const row = newInstallation({ id: 'x', template, variables, home: null });
    expect(row).toMatchObject({ appName: 'redmine', activeApp: 'redmine', store });
    expect((await service.find(await service.nameOf(row)))?.digest).toBe(template.digest);
    const own = await service.find('redmine');
    expect(own?.store).toBe('stackscape');
    expect(await service.nameOf({ ...row, store: 'moved-away' })).toBe('redmine');
    expect(await service.nameOf({ ...row, store: null })).toBe('redmine');
    expect(await service.find('moved-away/redmine')).toBeNull();
    expect(await service.find(`${store}/gitea`)).toBeNull();
  });

  it('finds an added or changed template at once when requested by name', async () => {
    const service = sut.app.get(CatalogService);
    expect(await service.find('late')).toBeNull();
    await write('apps/late/docker-compose.yml', 'services:\n  late:\n    image: late:1\n');
    expect((await service.find('late'))?.name).toBe('late');
    const before = (await service.find('late'))?.digest;
    await write('apps/late/docker-compose.yml', 'services:\n  late:\n    image: late:22\n');
    expect((await service.find('late'))?.digest).not.toBe(before);
    await rm(join(folder, 'apps/late'), { recursive: true });
    expect(await service.find('late')).toBeNull();
  });

  it('notices a change in a nested file that a template extends', async () => {
    const service = sut.app.get(CatalogService);
    const extending = 'services: { a: { extends: { file: parts/b.yaml, service: b } } }';
    await write('apps/parted/compose.yaml', extending);
    await write('apps/parted/parts/b.yaml', 'services: { b: { image: "b:1" } }');
    const textOf = async () => JSON.stringify((await service.find('parted'))?.source.data);
    expect(await textOf()).toContain('b:1');
    await write('apps/parted/parts/b.yaml', 'services: { b: { image: "b:22" } }');
    expect(await textOf()).toContain('b:22');
  });
});
