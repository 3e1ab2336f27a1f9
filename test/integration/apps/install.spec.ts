import { ApiProcess } from '../../support/api-process';
import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import { publishStandIn } from '../../support/stand-in-image';

const web = (image: string, extra = ''): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
${extra}`;

describe('installing apps', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  it('pulls, starts, answers on the leased port and leaves nothing when uninstalled', async () => {
    const image = lab.track(
      await publishStandIn(`first-${Date.now()}:1`, {
        listen: [8080],
        page: 'first',
        layersMebibytes: [2],
      }),
    );
    await lab.writeApp('first', web(image));
    const answer = await lab.install('first');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ code: '1', message: 'first安装成功' });
    expect(answer.body.data).toMatchObject({
      containerName: lab.containerName('first'),
      port: expect.stringMatching(/^\d+$/),
      db_port: '',
    });

    const info = await lab.settled('first', '1');
    expect(info).toMatchObject({ phase: 'running', progress: 100, port: answer.body.data.port });
    expect(await pageAt(info.port)).toBe('first');

    const gone = await lab.uninstall('first');
    expect(gone.body).toMatchObject({ code: '1', message: 'first卸载成功' });
    expect(await lab.leftovers()).toEqual(CLEAN);
    expect((await lab.admin.http.post('/getAppInfo', { appName: 'first' })).status).toBe(404);
  });

  it('accepts the next operation as soon as it is reported running', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('held', web(image));
    const jobId = (await lab.install('held')).body.data.info as string;
    const row = await pollUntil(
      'held to run',
      async () => {
        const [seen] = await lab.server.dataSource.query(
          'SELECT state, runToken FROM app_installations WHERE id = ?',
          [jobId],
        );
        return seen.state === 'installed' ? seen : null;
      },
      { everyMs: 1 },
    );
    expect(row).toEqual({ state: 'installed', runToken: null });
    expect((await lab.uninstall('held')).status).toBe(200);
  });

  it('runs two apps that want the same port side by side', async () => {
    const image = await lab.image({ listen: [8080], page: 'same' });
    await lab.writeApp('one', web(image), { '.env': 'HTTP_PORT=9001\n' });
    await lab.writeApp('two', web(image), { '.env': 'HTTP_PORT=9001\n' });
    const [one, two] = await Promise.all([lab.installed('one'), lab.installed('two')]);
    expect(one.port).not.toBe(two.port);
    expect(await pageAt(one.port)).toBe('same');
    expect(await pageAt(two.port)).toBe('same');
    const all = await lab.admin.http.get('/getAllAppInfo');
    expect(all.body.data).toMatchObject([
      { appName: 'one', status: '1' },
      { appName: 'two', status: '1' },
    ]);
    const removed = await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(removed.body.data).toHaveLength(2);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('installs once for concurrent requests and answers the job id', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('once', web(image));
    const second = await ApiProcess.start(lab.installation.environment);
    const other = second.http.as(lab.admin.accessToken);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => lab.install('once')),
      ...Array.from({ length: 5 }, () => other.post('/installApp', { appName: 'once' })),
    ]);
    const accepted = answers.filter((answer) => answer.status === 200);
    expect(accepted).toHaveLength(1);
    const job = accepted[0]?.body.data.info as string;
    for (const refused of answers.filter((answer) => answer.status !== 200)) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({
        code: '0',
        error: 20001,
        message: expect.stringContaining(job),
      });
    }
    await lab.settled('once', '1');
    await second.kill('SIGTERM');
    await lab.uninstall('once');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('repeats the answer for the same Idempotency-Key and rejects the key for another app', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('keyed', web(image));
    await lab.writeApp('unkeyed', web(image));
    const http = lab.admin.http.with({ 'idempotency-key': `k-${Date.now()}` });
    const first = await http.post('/installApp', { appName: 'keyed' });
    const again = await http.post('/installApp', { appName: 'keyed' });
    expect(again.status).toBe(200);
    expect(again.body.data).toEqual(first.body.data);
    expect((await http.post('/installApp', { appName: 'unkeyed' })).status).toBe(409);
    await lab.settled('keyed', '1');
    await lab.uninstall('keyed');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('rejects an app whose container was created by hand, without touching it', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('byhand', web(image));
    const name = lab.containerName('byhand');
    await lab.engines.create(name, image);
    const answer = await lab.install('byhand');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: '0', error: 20001 });
    expect(answer.body.message).toContain(name);
    expect((await lab.leftovers()).containers).toEqual([name]);
    await lab.engines.remove(name);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it.each(['../etc', 'a;reboot', '$(id)', 'A', 'a b', '', '.x', 'x'.repeat(64)])(
    'rejects the name %j as a bad parameter',
    async (appName) => {
      const answer = await lab.install(appName);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: '0', error: 30001 });
    },
  );

  it('answers 404 for an app that no catalog has', async () => {
    const answer = await lab.install('nosuchapp');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      code: '0',
      error: 30000,
      message: expect.stringContaining('nosuchapp'),
    });
  });

  it('starts the database first, publishes it on its own port and keeps its data and password', async () => {
    const database = await lab.image({
      listen: [5432],
      health: 'healthy',
      requiredEnv: ['POSTGRES_PASSWORD'],
    });
    const image = await lab.image({ listen: [8080], requiredEnv: ['DB_PASSWORD'] });
    await lab.writeApp(
      'pair',
      `
services:
  web:
    image: ${image}
    environment: { DB_PASSWORD: "\${DB_PASSWORD:?}" }
    ports: ["\${HTTP_PORT}:8080"]
    depends_on: { db: { condition: service_healthy } }
  db:
    image: ${database}
    environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD:?}" }
    volumes: ["data:/data"]
volumes: { data: }
`,
      {
        '.env': 'HTTP_PORT=9001\nDB_PASSWORD=\n',
        'app.json': JSON.stringify({
          title: { zh: '对', en: 'Pair' },
          main: { service: 'web', port: 8080 },
          database: { service: 'db', port: 5432 },
          variables: [
            { name: 'DB_PASSWORD', title: { zh: '密码', en: 'Password' }, type: 'password' },
          ],
        }),
      },
    );
    const first = await lab.installed('pair');
    expect(first.db_port).toMatch(/^\d+$/);
    expect(first.title).toEqual({ zh: '对', en: 'Pair' });
    const password = await passwordOf('pair');
    expect(password.length).toBeGreaterThanOrEqual(16);

    await lab.uninstall('pair', false);
    expect((await lab.leftovers()).volumes).toHaveLength(1);
    await lab.installed('pair');
    expect(await passwordOf('pair')).toBe(password);

    await lab.uninstall('pair', true);
    expect(await lab.leftovers()).toEqual(CLEAN);
    await lab.installed('pair');
    expect(await passwordOf('pair')).not.toBe(password);
    await lab.uninstall('pair', true);
  });

  async function passwordOf(app: string): Promise<string> {
    const { Config } = await (await lab.container(app)).inspect();
    return Config.Env.find((entry) => entry.startsWith('DB_PASSWORD='))?.slice(12) ?? '';
  }
});
