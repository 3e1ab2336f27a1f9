import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogService } from '../../../src/apps/catalog/catalog.service';
import { GitStore } from '../../../src/apps/stores/git-store.entity';
import { GitStoreRunner } from '../../../src/apps/stores/git-store-runner';
import { StoreCopies } from '../../../src/apps/stores/store-copies';
import { ApiProcess } from '../../support/api-process';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { signUpUser } from '../../support/factories/users';
import { GitServer, type GitRepository } from '../../support/git/git-server';
import type { HttpClient } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';
import { createInstallation, startTestApp, type TestInstallation } from '../../support/test-app';

const PATIENT = { deadlineMs: 60_000 };

interface StoreAnswer {
  readonly name: string;
  readonly commit: string | null;
  readonly trusted: boolean;
  readonly inSettings: boolean;
  readonly busy: boolean;
  readonly failure: string | null;
  readonly update: { readonly commit: string; readonly added: string[]; readonly removed: string[]; readonly changed: string[] } | null; // prettier-ignore
}

const app = (image: string): string => `services:\n  web:\n    image: ${image}\n`;
const GRABBY =
  'services:\n  web:\n    image: grabby:1\n    volumes:\n      - /var/run/docker.sock:/s\n';

describe('git stores', () => {
  let server: GitServer;
  let pinned: GitRepository;
  let pinnedCommit: string;
  let installation: TestInstallation;
  let sut: AppWithAdmin;
  let admin: HttpClient;
  let count = 0;

  beforeAll(async () => {
    server = await GitServer.start();
    pinned = server.repository('operators');
    pinnedCommit = pinned.write({ 'apps/trustworthy/docker-compose.yml': GRABBY }).commit();
    const moving = server.repository('moving');
    moving.write({ 'sub/apps/steady/docker-compose.yml': app('steady:1') }).commit('stable');
    installation = await createInstallation({
      CATALOG_PATHS: `/nonexistent:${pinned.url}#${pinnedCommit}=trusted,${moving.url}#stable:sub`,
      STORE_NETWORKS: '127.0.0.1',
      STORE_CA_FILE: server.caFile,
      STORE_FETCH_SECONDS: '20',
      STORE_MAX_MEGABYTES: '4',
    });
    sut = await startAppWithAdmin({}, installation);
    admin = sut.admin.http.with({ 'accept-language': 'en' });
  });
  afterAll(async () => {
    await sut.close();
    await installation.destroy();
    await server.stop();
  });
  beforeEach(() => {
    server.misbehaviour = null;
  });

  const list = async (http = admin): Promise<StoreAnswer[]> => {
    const answer = await http.get('/api/v1/catalogue/stores');
    expect(answer.status).toBe(200);
    return answer.body.data as StoreAnswer[];
  };
  const settled = (name: string): Promise<StoreAnswer> =>
    pollUntil(
      `${name} to be fetched`,
      async () => (await list()).find((store) => store.name === name && !store.busy),
      PATIENT,
    );
  const post = (path: string, body: unknown = {}) =>
    admin.post(`/api/v1/catalogue/stores${path}`, body);
  async function added(repository: GitRepository, more: object = {}): Promise<StoreAnswer> {
    const answer = await post('', { url: repository.url, ...more });
    expect(answer.body).toMatchObject({ code: 20000, data: { trusted: false, inSettings: false } });
    return settled(answer.body.data.name as string);
  }
  async function checked(name: string): Promise<StoreAnswer> {
    expect((await post(`/${name}/check`)).status).toBe(200);
    return settled(name);
  }
  const verdictOf = async (appName: string): Promise<string | null> => {
    await sut.app.get(CatalogService).reload();
    const answer = await sut.admin.http.get(`/api/v1/apps/${encodeURIComponent(appName)}`);
    return (answer.body.data?.verdict as string | undefined) ?? null;
  };
  const repository = (): GitRepository => server.repository(`store${++count}`);

  it('of the settings are fetched at the start; only they can be trusted', async () => {
    expect(await settled('operators')).toMatchObject({
      commit: pinnedCommit,
      trusted: true,
      inSettings: true,
    });
    expect(await settled('moving')).toMatchObject({ trusted: false, failure: null });
    expect(await verdictOf('operators/trustworthy')).toBe('usable');
    expect(await verdictOf('moving/steady')).toBe('usable');
    const answer = await sut.admin.http.delete('/api/v1/catalogue/stores/moving');
    expect([answer.status, answer.body.msg]).toEqual([
      409,
      expect.stringContaining('CATALOG_PATHS'),
    ]);
  });

  it('are for administrators only', async () => {
    const { http } = await signUpUser(sut, sut.admin);
    expect((await http.get('/api/v1/catalogue/stores')).body.code).toBe(40300);
    expect((await http.post('/api/v1/catalogue/stores', { url: pinned.url })).status).toBe(403);
  });

  it('that were added are bound by the policy, whatever the request says', async () => {
    const store = repository();
    store.write({ 'apps/grabby/docker-compose.yml': GRABBY, 'apps/fine/docker-compose.yml': app('fine:1') }).commit(); // prettier-ignore
    expect((await post('', { url: store.url, trusted: true })).body.code).toBe(30001);
    expect((await post('', { url: `${store.url}#main=trusted` })).body.code).toBe(30001);
    const { name } = await added(store, { name: 'bound' });
    expect(await verdictOf(`${name}/fine`)).toBe('usable');
    expect(await verdictOf(`${name}/grabby`)).toBe('forbidden');
    const install = await sut.admin.http.get(
      `/installApp?appName=${encodeURIComponent(`${name}/grabby`)}`,
    );
    expect(install.body).toMatchObject({ code: '0' });
    // Nor does the database say that a store is trusted.
    const columns: { Field: string }[] = await sut.dataSource.query('SHOW COLUMNS FROM git_stores');
    expect(columns.map(({ Field }) => Field)).not.toContain('trusted');
  });

  it.each([
    [{ url: 'http://127.0.0.1/x.git' }, 'url'],
    [{ url: 'https://user:secret@127.0.0.1/x.git' }, 'url'],
    [{ url: 'https://127.0.0.1/x.git?a=b' }, 'url'],
    [{ url: 'ssh://127.0.0.1/x.git' }, 'url'],
    [{ url: 'file:///etc' }, 'url'],
    [{ url: '--upload-pack=touch /tmp/x' }, 'url'],
    [{ url: 'https://127.0.0.1/x.git', ref: '--upload-pack=x' }, 'ref'],
    [{ url: 'https://127.0.0.1/x.git', ref: 'a..b' }, 'ref'],
    [{ url: 'https://127.0.0.1/x.git', folder: '../x' }, 'folder'],
    [{ url: 'https://127.0.0.1/x.git', folder: 'a/.git' }, 'folder'],
    [{ url: 'https://127.0.0.1/x.git', name: 'Not A Name' }, 'name'],
  ])('refuse %j', async (body, field) => {
    const before = await list();
    const answer = await post('', body);
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    expect(answer.body.details).toMatchObject([{ field }]);
    expect(await list()).toEqual(before);
  });

  it('are added once, under a name of their own', async () => {
    const one = repository();
    one.write({ 'apps/a/docker-compose.yml': app('a:1') }).commit();
    const { name } = await added(one);
    expect((await post('', { url: one.url })).body.code).toBe(20001);
    const other = repository();
    other.commit();
    expect((await post('', { url: other.url, name })).body.code).toBe(20001);
    expect((await post('', { url: other.url, name: 'stackscape' })).body.code).toBe(20001);
    const twice = await Promise.all([post('', { url: other.url }), post('', { url: other.url })]);
    expect(twice.map(({ body }) => body.code as number).sort()).toEqual([20000, 20001]);
  });

  it('show what a newer commit would change, and take it only when that one is asked for', async () => {
    const store = repository();
    const first = store
      .write({
        'apps/same/docker-compose.yml': app('same:1'),
        'apps/changing/docker-compose.yml': app('changing:1'),
        'apps/changing/src/nginx.conf': 'a',
        'apps/going/docker-compose.yml': app('going:1'),
      })
      .commit();
    const { name } = await added(store);
    expect(await checked(name)).toMatchObject({ commit: first, update: null, failure: null });
    const second = store
      .write({
        'apps/changing/src/nginx.conf': 'b',
        'apps/going': null,
        'apps/日本語/docker-compose.yml': app('coming:1'),
        'apps/coming/docker-compose.yml': app('coming:1'),
        'README.md': 'x',
      })
      .commit();
    const update = {
      commit: second,
      added: ['coming', '日本語'],
      removed: ['going'],
      changed: ['changing'],
    };
    expect(await checked(name)).toMatchObject({ commit: first, update });
    expect(await verdictOf(`${name}/coming`)).toBeNull();
    const third = store.write({ 'apps/same/.env': 'A=1' }).commit();
    expect((await post(`/${name}/update`, { commit: third })).status).toBe(409);
    expect((await post(`/${name}/update`, { commit: 'main' })).body.code).toBe(30001);
    const taken = await post(`/${name}/update`, { commit: second });
    expect(taken.body.data).toMatchObject({ commit: second, update: null });
    expect((await post(`/${name}/update`, { commit: second })).status).toBe(409);
    expect(await verdictOf(`${name}/coming`)).toBe('usable');
    expect(await verdictOf(`${name}/going`)).toBeNull();
    const audit = await sut.admin.http.get(`/api/v1/user/admin/audit?target=${name}`);
    expect(audit.body.data.items).toMatchObject([
      { action: 'store.updated', details: { before: first, commit: second } },
      { action: 'store.added', details: { repository: store.url } },
    ]);
  });

  it('keep what they have while the server is away, damaged, or has lost the ref', async () => {
    const store = repository();
    const commit = store.write({ 'apps/kept/docker-compose.yml': app('kept:1') }).commit('topic');
    const { name } = await added(store, { ref: 'topic' });
    for (const [misbehaviour, words] of [
      [{ kind: 'status', status: 503 }, 'cannot be reached'],
      [{ kind: 'status', status: 404 }, 'public'],
    ] as const) {
      server.misbehaviour = misbehaviour;
      const answer = await checked(name);
      expect(answer).toMatchObject({ commit, update: null });
      expect(answer.failure).toContain(words);
    }
    server.misbehaviour = { kind: 'damage' };
    store.write({ 'apps/kept/.env': 'A=1\n'.repeat(500) }).commit('topic');
    expect((await checked(name)).failure).toContain('damaged');
    server.misbehaviour = null;
    store.serverGit('update-ref', '-d', 'refs/heads/topic');
    expect((await checked(name)).failure).toContain('topic');
    expect(await verdictOf(`${name}/kept`)).toBe('usable');
    store.commit('topic');
    expect(await checked(name)).toMatchObject({ commit, failure: null });
  });

  it('that never came say why, and hold up no other', async () => {
    const large = repository();
    large.write({ 'x.bin': Buffer.alloc(8 * 1024 * 1024) }).commit();
    expect((await added(large)).failure).toContain('too large');
    const gone = repository();
    expect((await added(gone)).failure).toContain('HEAD');
    server.misbehaviour = { kind: 'stall', on: 'refs' };
    const stalled = repository();
    const { data } = (await post('', { url: stalled.url })).body;
    await pollUntil('the request', () => server.requests > 0);
    server.misbehaviour = null;
    const quick = repository();
    quick.write({ 'apps/q/docker-compose.yml': app('q:1') }).commit();
    expect((await added(quick)).commit).not.toBeNull();
    expect((await settled(data.name as string)).failure).toMatch(/slow|HEAD/);
  });

  it('hold links as text, ten thousand files, and apps of which each has its own reason', async () => {
    const store = repository();
    store.write({
      'apps/good/docker-compose.yml': app('good:1'),
      'apps/broken/docker-compose.yml': 'services: [\n',
      'apps/both/docker-compose.yml': app('both:1'),
      'apps/both/umbrel-app.yml': 'id: both\nname: Both\nversion: "1"\n',
      'apps/both/config.json': '{"id":"both"}',
      'apps/Ünïcode/docker-compose.yml': app('u:1'),
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`more/f${n}.txt`, 'x'])),
    });
    store.link('apps/linked/docker-compose.yml', '/etc/passwd');
    store.link('apps/outside', '../../../../../..');
    store.commit();
    const { name, failure } = await added(store);
    expect(failure).toBeNull();
    expect(await verdictOf(`${name}/good`)).toBe('usable');
    for (const broken of ['broken', 'linked']) expect(await verdictOf(`${name}/${broken}`)).toBe('broken'); // prettier-ignore
    const report = await sut.admin.http.get(`/api/v1/catalogue/report?store=${name}&limit=100`);
    const source = report.body.data.sources.find((one: { store: string }) => one.store === name);
    expect(source).toMatchObject({ address: store.url, readable: true, trusted: false });
    expect(JSON.stringify(report.body.data.apps)).not.toContain('root:');
  });

  it('are the same in another process, which lacks the copy or learns of an update', async () => {
    const store = repository();
    store.write({ 'apps/shared/docker-compose.yml': app('shared:1') }).commit();
    const { name, commit } = await added(store);
    const elsewhere = join(sut.settings.dataDir, 'elsewhere');
    const other = await startTestApp({ DATA_DIR: elsewhere, JWT_SECRET: 'x'.repeat(40), PASSWORD_PEPPER: 'y'.repeat(40) }, installation); // prettier-ignore
    try {
      const catalog = other.app.get(CatalogService);
      const image = async () => (await catalog.find(`${name}/shared`))?.digest ?? null;
      const before = await pollUntil('its own copy', image, PATIENT);
      const second = store.write({ 'apps/shared/docker-compose.yml': app('shared:2') }).commit();
      await checked(name);
      await post(`/${name}/update`, { commit: second });
      other.app.get(GitStoreRunner).wake();
      await pollUntil('the update', async () => ![before, null].includes(await image()), PATIENT);
      expect(second).not.toBe(commit);
    } finally {
      await other.close();
    }
  });

  it('are left as they were by a process that is killed, and fetched by another one', async () => {
    const store = repository();
    const first = store.write({ 'apps/firm/docker-compose.yml': app('firm:1') }).commit();
    const { name } = await added(store);
    const second = store.write({ 'apps/firm/docker-compose.yml': app('firm:2') }).commit();
    server.misbehaviour = { kind: 'stall', on: 'pack' };
    const rows = sut.dataSource.getRepository(GitStore);
    const killed = await ApiProcess.start(installation.environment);
    const http = killed.http.as(sut.admin.accessToken);
    expect((await http.post(`/api/v1/catalogue/stores/${name}/check`)).status).toBe(200);
    const folder = join(sut.settings.dataDir, 'stores');
    const sessions = async () => (await readdir(folder)).filter((one) => one.startsWith('.'));
    await pollUntil('the fetch', async () => (await sessions()).length > 0, PATIENT);
    await killed.kill('SIGKILL');
    server.misbehaviour = null;
    expect(await list()).toContainEqual(expect.objectContaining({ name, commit: first, busy: true })); // prettier-ignore
    expect(await verdictOf(`${name}/firm`)).toBe('usable');
    const after = await pollUntil('another process to look', async () => {
      sut.app.get(GitStoreRunner).wake();
      return (await list()).find((one) => one.name === name && !one.busy);
    }, PATIENT); // prettier-ignore
    expect(after).toMatchObject({ commit: first, update: { commit: second, changed: ['firm'] } });
    // What the killed process was working in goes once it is old.
    expect(await sessions()).toHaveLength(1);
    const used = new Map((await rows.find()).map(({ id, commitId }) => [id, new Set([commitId ?? ''])])); // prettier-ignore
    await sut.app.get(StoreCopies).sweep(used, Date.now() + 7_200_000);
    expect(await sessions()).toHaveLength(0);
    expect(await verdictOf(`${name}/firm`)).toBe('usable');
  });

  it('take a newer commit by the clock where the settings say so, and write that down', async () => {
    const store = repository();
    const first = store.write({ 'apps/fresh/docker-compose.yml': app('fresh:1') }).commit();
    const { name } = await added(store);
    const second = store.write({ 'apps/fresh/docker-compose.yml': app('fresh:2') }).commit();
    const rows = sut.dataSource.getRepository(GitStore);
    // A look is due once the last one is a day ago.
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    const taking = await startTestApp({ STORE_UPDATES: 'take' }, installation);
    try {
      await pollUntil('the newer commit', async () => {
        await rows.update({ name, commitId: first }, { checkedAt: yesterday });
        taking.app.get(GitStoreRunner).wake();
        return (await rows.findOneByOrFail({ name })).commitId === second;
      }, PATIENT); // prettier-ignore
    } finally {
      await taking.close();
    }
    const audit = await admin.get(`/api/v1/user/admin/audit?target=${name}`);
    expect(audit.body.data.items[0]).toMatchObject({
      action: 'store.updated',
      actor: null,
      details: { before: first, commit: second },
    });
  });

  it('go with their copies when they are removed', async () => {
    const store = repository();
    store.write({ 'apps/brief/docker-compose.yml': app('brief:1') }).commit();
    const { name } = await added(store);
    expect(await verdictOf(`${name}/brief`)).toBe('usable');
    const answer = await sut.admin.http.delete(`/api/v1/catalogue/stores/${name}`);
    expect(answer.status).toBe(200);
    expect(await verdictOf('brief')).toBeNull();
    expect((await sut.admin.http.delete(`/api/v1/catalogue/stores/${name}`)).status).toBe(404);
    const again = await added(store);
    expect(again).toMatchObject({ name, failure: null });
  });
});
