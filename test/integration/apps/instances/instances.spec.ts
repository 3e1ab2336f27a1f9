import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab, pageAt } from '../../../support/factories/app-lab';
import { HttpClient } from '../../../support/http-client';
import { pollUntil } from '../../../support/poll-until';

describe('several instances of one app', () => {
  let lab: AppLab;
  let image: string;
  let repositories: string;
  beforeAll(async () => {
    repositories = await mkdtemp(join(tmpdir(), 'instance-backups-'));
    lab = await AppLab.start({ BACKUP_REPOSITORIES: `local=${repositories}/one` });
    image = await lab.image({ listen: [8080], page: 'it runs' });
    const title = { zh: '密码', en: 'Password' };
    await lab.writeApp('wiki', wiki(), {
      'app.json': JSON.stringify({
        variables: [{ name: 'APP_PASSWORD', title, type: 'password' }],
      }),
    });
  });
  afterAll(async () => {
    await lab.close();
    await rm(repositories, { recursive: true, force: true });
  });

  const wiki = (from = image, command = ''): string => `
services:
  web:
    image: ${from}${command}
    container_name: \${W9_ID}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"]
    environment: { "PASSWORD": "\${APP_PASSWORD}", "STORE": "\${W9_ID}-store" }
volumes: { data: }
`;
  const en = () => lab.admin.http.with({ 'accept-language': 'en' });
  const call = (method: string, path: string, body?: object) =>
    en().send(method, `/api/v1/apps/${path}`, body);
  const volumeOf = async (app: string): Promise<string> => lab.volumeFolder(app);
  const secretsOf = async (app: string) => (await call('GET', `${app}/secrets`)).body.data;
  const noteOf = async (app: string): Promise<string> =>
    readFile(join(await volumeOf(app), 'note'), 'utf8');
  const names = async (http: HttpClient) =>
    (await http.post('/getAllAppInfo')).body.data.map((app: { appName: string }) => app.appName);

  it('runs two side by side with ports, volumes, folders and passwords of their own, over a restart too', async () => {
    const first = await lab.installed('wiki');
    expect(first).toMatchObject({ appName: 'wiki', catalogName: 'wiki', instance: null });
    expect(first.containerName).toBe(`${lab.prefix}wiki`);
    const answers = await Promise.all(
      [1, 2, 3].map(() => lab.install('wiki', { instance: 'blog' })),
    );
    expect(answers.map(({ body }) => body.code).sort()).toEqual(['0', '0', '1']);
    expect(answers.find(({ body }) => body.code === '1')?.body.data).toMatchObject({
      appName: 'wiki--blog',
      containerName: `${lab.prefix}wiki--blog`,
    });
    const second = await lab.settled('wiki--blog', '1');
    expect(second).toMatchObject({ catalogName: 'wiki', instance: 'blog' });
    expect(second.port).not.toBe(first.port);
    for (const { port } of [first, second])
      expect(await pollUntil('the page', () => pageAt(port))).toBe('it runs');
    expect(await secretsOf('wiki--blog')).not.toEqual(await secretsOf('wiki'));
    const { containers, volumes } = await lab.leftovers();
    expect(containers.sort()).toEqual(['wiki', 'wiki--blog'].map((c) => lab.prefix + c));
    expect(volumes.sort()).toEqual(['wiki--blog_data', 'wiki_data'].map((v) => lab.prefix + v));
    const { Config } = await (await lab.container('wiki--blog')).inspect();
    expect(Config.Env).toContain('STORE=wiki--blog-store');
    await writeFile(join(await volumeOf('wiki'), 'note'), 'of the first');
    await writeFile(join(await volumeOf('wiki--blog'), 'note'), 'of the blog');

    const again = await lab.startSecondServer();
    try {
      const http = again.http.with({ authorization: `Bearer ${lab.admin.accessToken}` });
      expect(await names(http)).toEqual(['wiki', 'wiki--blog']);
      const drift = await http.send('GET', '/api/v1/apps/drift');
      expect(drift.body.data).toEqual([]);
    } finally {
      await again.close();
    }
  });

  it('brings a backup of one up as a new instance, with its data and passwords', async () => {
    const { id } = (await call('POST', 'wiki--blog/backups')).body.data;
    const over = () =>
      pollUntil(
        'the work on the backup to end',
        async () => {
          const { data } = (await call('GET', `wiki--blog/backups/${id}`)).body;
          return ['saving', 'restoring'].includes(data.state) ? null : data;
        },
        { deadlineMs: 120_000, everyMs: 100 },
      );
    expect(await over()).toMatchObject({ state: 'saved', failure: null });
    await writeFile(join(await volumeOf('wiki--blog'), 'note'), 'changed since');
    const restore = (instance: string) =>
      call('POST', `wiki--blog/backups/${id}/restore`, { instance });
    expect((await restore('blog')).body.code).toBe(20001);

    expect((await restore('copy')).body.data.restoreAs).toBe('wiki--copy');
    expect(await over()).toMatchObject({ state: 'saved', failure: null, restoreAs: null });
    const copy = await lab.settled('wiki--copy', '1');
    const blog = await lab.info('wiki--blog');
    expect(copy).toMatchObject({ catalogName: 'wiki', instance: 'copy' });
    expect(copy.port).not.toBe(blog.port);
    expect(await pollUntil('the page', () => pageAt(copy.port))).toBe('it runs');
    expect(await noteOf('wiki--copy')).toBe('of the blog');
    expect(await noteOf('wiki--blog')).toBe('changed since');
    expect(await secretsOf('wiki--copy')).toEqual(await secretsOf('wiki--blog'));

    expect((await lab.uninstall('wiki--copy', false)).status).toBe(200);
    const kept = await restore('copy');
    expect(kept.status).toBe(409);
    expect(kept.body.msg).toContain('kept data of wiki--copy');
    expect(await noteOf('wiki--copy')).toBe('of the blog');
    expect((await lab.uninstall('wiki--copy', true)).status).toBe(200);
  });

  it('upgrades one and leaves the other, returns its data where the new version fails, and takes it back', async () => {
    const newer = await lab.image({ listen: [8080], page: 'newer' });
    const [first, blog] = await Promise.all(['wiki', 'wiki--blog'].map((app) => lab.info(app)));
    const pages = () => Promise.all([first, blog].map((app) => pageAt(app?.port ?? '')));
    const { Id } = await (await lab.container('wiki')).inspect();
    const note = await noteOf('wiki--blog');
    const passwords = await secretsOf('wiki--blog');

    const spoil = '\n    command: ["/bin/sh", "-c", "echo spoilt > /data/note; exit 9"]';
    await lab.writeApp('wiki', wiki(newer, spoil));
    expect((await call('POST', 'wiki--blog/upgrade')).status).toBe(200);
    await pollUntil('the old version', async () => {
      const { status, info } = await lab.info('wiki--blog');
      return status === '1' && info.includes('old version');
    });
    expect(await noteOf('wiki--blog')).toBe(note);
    await pollUntil('the pages', async () => (await pages()).join() === 'it runs,it runs');

    await lab.writeApp('wiki', wiki(newer));
    const { backup } = (await call('POST', 'wiki--blog/upgrade')).body.data;
    await pollUntil('the new version', async () => (await pages()).join() === 'it runs,newer');
    await lab.settled('wiki--blog', '1');
    expect(await noteOf('wiki--blog')).toBe(note);
    expect(await secretsOf('wiki--blog')).toEqual(passwords);
    expect((await (await lab.container('wiki')).inspect()).Id).toBe(Id);

    expect((await call('POST', `wiki--blog/backups/${backup}/restore`)).status).toBe(200);
    await pollUntil('the old version', async () => (await pages()).join() === 'it runs,it runs');
    await pollUntil('the restore to end', async () => {
      const { state, failure } = (await call('GET', `wiki--blog/backups/${backup}`)).body.data;
      if (failure !== null) throw new Error(failure);
      return state === 'saved';
    });
    expect(await noteOf('wiki--blog')).toBe(note);
    expect((await (await lab.container('wiki')).inspect()).Id).toBe(Id);
    await lab.writeApp('wiki', wiki());
  });

  it('knows again what an instance is whose row was lost', async () => {
    const { jobId, port } = await lab.info('wiki--blog');
    for (const [table, column] of [
      ['app_port_leases', 'installationId'],
      ['app_installations', 'id'],
    ])
      await lab.server.dataSource.query(`DELETE FROM ${table} WHERE ${column} = ?`, [jobId]);
    const { data } = (await call('POST', 'drift/repair')).body;
    expect(data.map(({ failure }: { failure: unknown }) => failure)).toEqual(data.map(() => null));
    const found = await lab.settled('wiki--blog', '1');
    expect(found).toMatchObject({ catalogName: 'wiki', instance: 'blog', jobId, port });
  });

  it('removes one and leaves the other with its data', async () => {
    expect((await lab.uninstall('wiki--blog', true)).status).toBe(200);
    expect(await names(en())).toEqual(['wiki']);
    const { port } = await lab.info('wiki');
    expect(await pageAt(port)).toBe('it runs');
    expect(await noteOf('wiki')).toBe('of the first');
    const { containers, volumes } = await lab.leftovers();
    expect(containers).toEqual([`${lab.prefix}wiki`]);
    expect(volumes).toEqual([`${lab.prefix}wiki_data`]);
  });

  it('refuses names that are none, too long or those of another app, and changes nothing', async () => {
    await lab.writeApp('wiki--app', wiki());
    const install = async (instance: unknown) =>
      (await en().post('/installApp', { appName: 'wiki', instance })).body;
    for (const instance of ['Blog', 'a_b', 'a--b', '-a', 'a-', 'a.b', 'x'.repeat(33), 7, null])
      expect(await install(instance)).toMatchObject({ code: '0' });
    expect((await install('app')).message).toContain('has an app called wiki--app');
    await lab.writeApp(`w${'i'.repeat(40)}`, wiki());
    const long = { appName: `w${'i'.repeat(40)}`, instance: 'x'.repeat(20) };
    expect((await en().post('/installApp', long)).body.message).toContain('63 are the most');
    const plan = await call('GET', 'wiki/plan?instance=app');
    expect([plan.status, plan.body.code]).toEqual([409, 30000]);
    expect(await names(en())).toEqual(['wiki']);
  });

  it('plans an instance with names of its own', async () => {
    const { data } = (await call('GET', 'wiki/plan?instance=plan')).body;
    expect(data).toMatchObject({ possible: true, shared: [] });
    expect(data.volumes).toEqual([`${lab.prefix}wiki--plan_data`]);
    expect(data.networks).toEqual([`${lab.prefix}wiki--plan_default`]);
    expect(data.containers).toContain(`${lab.prefix}wiki--plan`);
  });
});
