import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApiProcess } from '../../support/api-process';
import { EngineProxy } from '../../support/engine-proxy';
import { AppLab, CLEAN, docker, pageAt } from '../../support/factories/app-lab';
import { readEvents } from '../../support/event-reader';
import { signUpUser, type SignedIn } from '../../support/factories/users';
import { engineCalls, onOneEngineOnly, overSwarm, squat } from '../../support/places';
import { pollUntil } from '../../support/poll-until';

const run = promisify(execFile);

const pair = (web: string, db: string): string => `
services:
  web:
    image: ${web}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
    depends_on: [db]
  db:
    image: ${db}
    restart: unless-stopped
    volumes: ["data:/data"]
volumes: { data: }
`;

describe('lifecycle of an installed app', () => {
  let lab: AppLab;
  let web: string;
  let db: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    web = await lab.image({ listen: [8080], page: 'one', prints: ['web is up'] });
    db = await lab.image({ prints: ['db is up'] });
  });
  afterAll(() => lab.close());
  const api = (path: string) => `/api/v1/apps/${path}`;

  it('stops, starts and restarts', async () => {
    await lab.writeApp('cycle', pair(web, db));
    const { port } = await lab.installed('cycle');
    const stopped = await lab.admin.http.post(api('cycle/stop'));
    expect(stopped.body.data).toMatchObject({ status: '0', phase: 'stopped' });
    expect(await pageAt(port)).toBeNull();
    const started = await lab.admin.http.post(api('cycle/start'));
    expect(started.body.data).toMatchObject({ status: '1', port });
    await pollUntil('the page', async () => (await pageAt(port)) === 'one');
    expect((await lab.admin.http.post(api('cycle/restart'))).status).toBe(200);
    await pollUntil('the page again', async () => (await pageAt(port)) === 'one');
  });

  it('ends a restart, and a stop, whose process was killed in the middle', async () => {
    const slow = await lab.image({ ignoreTerm: true });
    const template = pair(web, slow).replace(
      'volumes: ["data',
      'stop_grace_period: 5s\n    volumes: ["data',
    );
    await lab.writeApp('cut', template);
    await lab.writeApp('halt', template);
    const ports = [(await lab.installed('cut')).port, (await lab.installed('halt')).port];
    const killed = await ApiProcess.start(lab.installation.environment);
    const http = killed.http.as(lab.admin.accessToken);
    const answers = Promise.allSettled([
      http.post(api('cut/restart')),
      http.post(api('halt/stop')),
    ]);
    for (const port of ports)
      await pollUntil('the first service to end', async () => (await pageAt(port)) === null);
    await killed.kill('SIGKILL');
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pollUntil('the end of both', async () => {
      const held = 'SELECT id FROM app_installations WHERE runToken IS NOT NULL';
      return (await lab.server.dataSource.query(held)).length === 0;
    });
    expect(await lab.settled('cut', '1')).toMatchObject({ cause: null });
    expect(await lab.settled('halt', '0')).toMatchObject({ cause: null, phase: 'stopped' });
    for (const service of [undefined, 'db']) {
      expect(await lab.engines.running(lab.containerName('cut', service))).toBe(1);
      expect(await lab.engines.running(lab.containerName('halt', service))).toBe(0);
    }
    for (const app of ['cut', 'halt']) expect((await lab.uninstall(app)).status).toBe(200);
  });

  it('counts an app as running whose stop the engine refuses', async () => {
    const engine = await EngineProxy.start();
    const other = await lab.startSecondServer({ ROLE: 'api', DOCKER_HOST: engine.host });
    try {
      engine.refuse = {
        method: 'POST',
        path: engineCalls.stop,
        status: 500,
        message: 'out of memory',
      };
      const answer = await other.http.as(lab.admin.accessToken).post(api('cycle/stop'));
      expect(answer).toMatchObject({ status: 503, body: { code: 50000 } });
      const [row] = await lab.server.dataSource.query(
        "SELECT stopped, runToken FROM app_installations WHERE activeApp = 'cycle'",
      );
      expect(row).toEqual({ stopped: 0, runToken: null });
      expect(await lab.info('cycle')).toMatchObject({ status: '1', phase: 'running' });
    } finally {
      await other.close();
      await engine.stop();
    }
  });

  it('runs again where the engine goes away in the middle of a stop', async () => {
    const engine = await EngineProxy.start();
    const other = await lab.startSecondServer({ ROLE: 'api', DOCKER_HOST: engine.host });
    const stateOf = async (service: string) =>
      (await (await lab.container('cycle', service)).inspect()).State;
    try {
      const before = await stateOf('db');
      const id = await lab.engines.idOf(lab.containerName('cycle'));
      const message = 'server is shutting down';
      engine.refuse = {
        method: 'POST',
        path: new RegExp(id + engineCalls.stopOf),
        status: 500,
        message,
      };
      const answer = await other.http.as(lab.admin.accessToken).post(api('cycle/stop'));
      expect(answer).toMatchObject({ status: 503, body: { code: 50000 } });
      // The database was stopped; a process that has work starts it again.
      await pollUntil('the database to run again', async () => {
        // In a Swarm it has none for a moment.
        const now = await stateOf('db').catch(ignoreGone);
        return now?.Running && now.StartedAt !== before.StartedAt;
      });
      const freed = await pollUntil('the operation to be over', async () => {
        const [row] = await lab.server.dataSource.query(
          "SELECT stopped, runToken FROM app_installations WHERE activeApp = 'cycle'",
        );
        return row.runToken === null && row;
      });
      expect(freed.stopped).toBe(0);
      expect(await lab.info('cycle')).toMatchObject({ status: '1', phase: 'running' });
    } finally {
      await other.close();
      await engine.stop();
    }
  });

  it('moves to another port when its own was taken while it was stopped', async () => {
    const { port } = await lab.info('cycle');
    await lab.admin.http.post(api('cycle/stop'));
    const leave = await squat(Number(port));
    const started = await lab.admin.http.post(api('cycle/start'));
    expect(started.status).toBe(200);
    const moved = await lab.settled('cycle', '1');
    expect(moved.port).not.toBe(port);
    await pollUntil('the page at its new port', async () => (await pageAt(moved.port)) === 'one');
    await leave();
  });

  it('shows logs of all services, of one service, since a time, and as a stream', async () => {
    const all = await lab.admin.http.get(api('cycle/logs?tail=50'));
    const texts = all.body.data.map((line: { text: string }) => line.text) as string[];
    expect(texts).toEqual(expect.arrayContaining(['web is up', 'db is up']));
    const one = await lab.admin.http.get(api('cycle/logs?tail=1&service=db'));
    expect(one.body.data).toMatchObject([{ service: 'db', stream: 'stdout', text: 'db is up' }]);
    const future = await lab.admin.http.get(api('cycle/logs?since=2999-01-01T00:00:00Z'));
    expect(future.body.data).toEqual([]);
    const followed = await readEvents(
      lab.server.url + api('cycle/logs?follow=true'),
      lab.admin.accessToken,
      {
        until: (events) => events.length >= 2,
      },
    );
    expect(followed.map((event) => event.event)).toContain('log');
  });

  it('masks known passwords in the log for others than administrators, whose reading is audited', async () => {
    const password = 'Correct-Horse-1';
    const talker = await lab.image({ listen: [8080], prints: [`db password is ${password}`] });
    await lab.writeApp(
      'talker',
      `services: { web: { image: "${talker}", ports: ["\${P:-9001}:8080"], environment: { DB: "\${DB_PASSWORD}" } } }`,
      {
        'app.json': JSON.stringify({
          variables: [
            { name: 'DB_PASSWORD', type: 'password', title: { zh: '密码', en: 'Password' } },
          ],
        }),
      },
    );
    await lab.installed('talker', { variables: { DB_PASSWORD: password } });
    const user = await signUpUser(lab.server, lab.admin);
    const textsOf = async (reader: SignedIn): Promise<string[]> =>
      (await reader.http.get(api('talker/logs'))).body.data.map(
        (line: { text: string }) => line.text,
      );
    expect(await textsOf(user)).toContain('db password is ••••••');
    const [event] = await readEvents(
      lab.server.url + api('talker/logs?follow=true'),
      user.accessToken,
      { until: (events) => events.length >= 1 },
    );
    expect(JSON.stringify(event)).not.toContain(password);
    expect(await textsOf(lab.admin)).toContain(`db password is ${password}`);
    const log = await lab.admin.http.get('/api/v1/user/admin/audit?action=app.logs-read');
    expect(log.body.data.items[0]).toMatchObject({ target: { type: 'app', id: 'talker' } });
    await lab.uninstall('talker');
  });

  it('shows the resource usage of each service', async () => {
    const stats = await lab.admin.http.get(api('cycle/stats'));
    expect(stats.body.data).toHaveLength(2);
    for (const service of stats.body.data) expect(service.memory).toBeGreaterThan(0);
  });

  onOneEngineOnly('docker-compose knows no services of a Swarm', () => {
    it('is seen and managed by docker-compose', async () => {
      const project = `${lab.prefix}cycle`;
      const { Labels } = (await docker.getContainer(project).inspect()).Config;
      const folder = Labels['com.docker.compose.project.working_dir'];
      const file = Labels['com.docker.compose.project.config_files'];
      const compose = (...args: string[]) =>
        run('docker-compose', [
          '-p',
          project,
          '-f',
          file ?? '',
          '--project-directory',
          folder ?? '',
          ...args,
        ]);
      expect((await compose('ps')).stdout).toContain(project);
      expect((await compose('logs', '--no-color')).stdout).toContain('web is up');
      await compose('stop');
      await pollUntil(
        'the stop to show',
        async () => (await lab.info('cycle')).phase === 'stopped',
      );
      await compose('down');
      await pollUntil(
        'the removal to show',
        async () => (await lab.info('cycle')).phase === 'gone',
      );
    });
  });

  it('reports drift and repairs it with the same data', async () => {
    for (const service of [undefined, 'db'])
      await lab.engines.remove(lab.containerName('cycle', service)).catch(ignoreGone);
    await pollUntil('the removal to show', async () => (await lab.info('cycle')).phase === 'gone');
    const drift = await lab.admin.http.get(api('drift'));
    expect(drift.body.data).toMatchObject([
      { kind: 'app-without-containers', appName: 'cycle', remedy: 'reinstall' },
    ]);
    const stray = `${lab.prefix}stray`;
    await lab.engines.create(stray, db, {
      'io.stackscape.installation': '00000000-0000-4000-8000-000000000000',
      'io.stackscape.app': 'lost',
      'com.docker.compose.project': `${lab.prefix}lost`,
    });
    const kinds = (await lab.admin.http.get(api('drift'))).body.data.map(
      (f: { kind: string }) => f.kind,
    ) as string[];
    expect(kinds.sort()).toEqual(['app-without-containers', 'container-without-app']);
    const mended = await lab.admin.http.post(api('drift/repair'));
    expect(mended.body.data.map((f: { done: boolean }) => f.done)).toEqual([true, true]);
    expect((await lab.leftovers()).containers).not.toContain(stray);
    await lab.settled('cycle', '1');
    expect((await lab.admin.http.get(api('drift'))).body.data).toEqual([]);
  });

  it('lists before an uninstall what is removed and what stays', async () => {
    const plan = await lab.admin.http.get(api('cycle/uninstallPlan'));
    expect(plan.body.data).toMatchObject({
      containers: expect.arrayContaining([
        lab.containerName('cycle'),
        lab.containerName('cycle-db'),
      ]),
      volumes: [{ name: expect.stringContaining('data'), size: expect.any(Number) }],
      ports: [expect.stringMatching(/\/tcp$/)],
      configs: [],
      secrets: [],
    });
    await lab.uninstall('cycle');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('plans an install with one code per check and changes nothing', async () => {
    const plan = await lab.admin.http.get(api('cycle/plan'));
    expect(plan.body.data.possible).toBe(true);
    expect(plan.body.data.checks.map((check: { code: string }) => check.code)).toEqual([
      'engine',
      'engine-version',
      'not-installed',
      'container-name',
      'networks',
      'variables',
      'volumes',
      ...(overSwarm ? ['placement'] : []),
      'architecture',
      'memory',
      'disk',
      'ports',
      'registry',
    ]);
    expect(plan.body.data.images).toHaveLength(2);
    expect(plan.body.data.ports[0].hostPort).toBeGreaterThan(0);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('upgrades, and rolls back to the old version when the new one does not start', async () => {
    const two = await lab.image({ listen: [8080], page: 'two' });
    const broken = await lab.image({ exitCode: 9 });
    await lab.writeApp('grow', pair(web, db));
    const { port } = await lab.installed('grow');

    await lab.writeApp('grow', pair(two, db));
    expect((await lab.admin.http.post(api('grow/upgrade'))).status).toBe(200);
    await pollUntil('the new version', async () => (await pageAt(port)) === 'two');
    await lab.settled('grow', '1');

    await lab.writeApp(
      'grow',
      pair(broken, db).replace('restart: unless-stopped', 'restart: "no"'),
    );
    await lab.admin.http.post(api('grow/upgrade'));
    const back = await pollUntil('the old version to be back', async () => {
      const info = await lab.info('grow');
      return info.status === '1' && info.info.includes('old version') ? info : null;
    });
    expect(back.port).toBe(port);
    await pollUntil('the page of the old version', async () => (await pageAt(port)) === 'two');
    expect((await lab.leftovers()).containers.sort()).toEqual([
      lab.containerName('grow'),
      lab.containerName('grow-db'),
    ]);
    await lab.uninstall('grow');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('resumes an event stream after a lost connection without a gap', async () => {
    await lab.writeApp('told', pair(web, db));
    await lab.install('told');
    const url = lab.server.url + api('told/events');
    const first = await readEvents(url, lab.admin.accessToken, {
      until: (events) => events.length >= 3,
    });
    const last = first.at(-1)?.id ?? '';
    const rest = await readEvents(url, lab.admin.accessToken, {
      lastEventId: last,
      until: (events) => events.some((e) => e.event === 'phase' && e.data['phase'] === 'running'),
    });
    const ids = [...first, ...rest].map((event) => Number(event.id));
    expect(new Set(ids).size).toBe(ids.length);
    const rows = await lab.server.dataSource.query(
      `SELECT id FROM app_events WHERE appName = 'told' AND id BETWEEN ? AND ? ORDER BY id`,
      [Math.min(...ids), Math.max(...ids)],
    );
    expect([...ids].sort((a, b) => a - b)).toEqual(
      rows.map((row: { id: string }) => Number(row.id)),
    );
    await lab.uninstall('told');
  });
});

function ignoreGone(error: { statusCode?: number }): undefined {
  if (error.statusCode !== 404) throw error as Error;
}
