import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../src/bootstrap';
import { loadSettings, type Environment } from '../../../src/platform/config/load-settings';
import { makeBackup } from '../../../src/commands/backup/make-backup';
import { OperatorError } from '../../../src/platform/errors/operator-error';
import { AppLab, docker } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import { PrivateEngine } from '../../support/private-engine';
import { createInstallation, startTestApp } from '../../support/test-app';

const root = join(__dirname, '..', '..', '..');

/** Runs a program of src/commands to its end. */
async function run(command: string, args: readonly string[], environment: Environment) {
  const register = join(root, 'test', 'chaos', 'register.js');
  const file = join(root, 'src', 'commands', `${command}.ts`);
  const child = spawn(process.execPath, ['-r', register, file, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += String(chunk)));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

const web = (image: string): string => `
services:
  web: { image: "${image}", ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }
volumes: { data: }
`;
const idOf = async ({ docker: engine }: PrivateEngine): Promise<string> =>
  ((await engine.info()) as { ID: string }).ID;
const ownerIn = async ({ server }: AppLab): Promise<string> =>
  (await server.dataSource.query('SELECT engineId FROM system_state'))[0].engineId;
const rowsOf = ({ server }: AppLab): Promise<object[]> =>
  server.dataSource.query(
    `SELECT i.appName, i.state, i.activeApp, l.port FROM app_installations i
     LEFT JOIN app_port_leases l ON l.installationId = i.id`,
  );

describe('a database and its engine', () => {
  let lab: AppLab;
  let other: PrivateEngine;
  let before: object[];
  beforeAll(async () => {
    lab = await AppLab.start();
    other = await PrivateEngine.start();
    await lab.writeApp('kept', web(await lab.image({ listen: [8080] })));
    await lab.installed('kept');
    before = await rowsOf(lab);
  });
  afterAll(async () => {
    await lab?.close();
    await other?.destroy();
  });

  it('belong together from the first start on', async () => {
    const { ID } = (await docker.info()) as { ID: string };
    expect(await ownerIn(lab)).toBe(ID);
  });

  it('refuse a second engine at the start, in a sentence that says what to do', async () => {
    const environment = { ...lab.server.environment, DOCKER_HOST: other.host };
    const refusal: unknown = await startServer(loadSettings(environment)).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(OperatorError);
    const { zh, en } = (refusal as OperatorError).text;
    for (const text of [zh, en]) {
      expect(text).toContain('npm run admin -- adopt-engine');
      expect(text).toContain(await ownerIn(lab));
      expect(text).toContain(await idOf(other));
    }
    expect(await rowsOf(lab)).toEqual(before);
    expect(await lab.info('kept')).toMatchObject({ status: '1' });
  });

  it('never take an app for removed by hand where another engine appears after the start', async () => {
    const socket = join(tmpdir(), `late-engine-${randomBytes(5).toString('hex')}.sock`);
    const late = await lab.startSecondServer({ DOCKER_HOST: `unix://${socket}` });
    try {
      const http = late.http.as(lab.admin.accessToken).with({ 'accept-language': 'en' });
      const ask = () => http.post('/getAppInfo', { appName: 'kept' });
      expect((await ask()).body.error).toBe(50000);
      await symlink(other.host.replace('unix://', ''), socket);
      const answer = await pollUntil('the other engine to answer', async () => {
        const { body } = await ask();
        return body.message.includes('another Docker Engine') ? body : null;
      });
      expect(answer).toMatchObject({
        error: 50000,
        message: expect.stringContaining('adopt-engine'),
      });
      const install = await http.post('/installApp', { appName: 'kept' });
      expect([install.status, install.body.message]).toEqual([503, answer.message]);
      const uninstall = await http.post('/uninstallApp', { appName: 'kept', removeData: true });
      expect([uninstall.status, uninstall.body.message]).toEqual([503, answer.message]);
      const { body: health } = await http.get('/health/ready');
      expect(health).toMatchObject({ details: { docker: { engine: 'engine-foreign' } } });
      expect(await lab.info('kept')).toMatchObject({ status: '1' });
      expect((await other.docker.listContainers({ all: true })).length).toBe(0);
    } finally {
      await late.close();
      await rm(socket, { force: true });
    }
    await pollUntil('the app to be whole', async () => (await lab.info('kept')).status === '1');
    expect(await rowsOf(lab)).toEqual(before);
  });
});

describe('a restore on a machine with another engine', () => {
  it('goes over to that engine, where the apps have ended and can be installed again', async () => {
    const lab = await AppLab.start();
    const other = await PrivateEngine.start();
    const there = await createInstallation({ DOCKER_HOST: other.host });
    const folder = await mkdtemp(join(tmpdir(), 'moved-'));
    try {
      await lab.writeApp('left', web(await lab.image({ listen: [8080] })));
      await lab.installed('left');
      const file = await makeBackup(lab.server.settings, join(folder, 'backup.tar.gz'));
      const restored = await run('restore', [file], there.environment);
      expect(restored).toMatchObject({
        status: 0,
        output: expect.stringMatching(new RegExp(`${await idOf(other)} now.*left`)),
      });
      const sut = await startTestApp({}, there);
      try {
        const { body } = await sut.http
          .as(lab.admin.accessToken)
          .post('/getAppInfo', { appName: 'left' });
        expect(body.data).toMatchObject({ phase: 'failed', cause: 'engine-changed' });
      } finally {
        await sut.close();
      }
      expect(await lab.info('left')).toMatchObject({ status: '1' });
    } finally {
      await rm(folder, { recursive: true });
      await there.destroy();
      await other.destroy();
      await lab.close();
    }
  });
});

describe('an engine that is made anew at the same address', () => {
  let engine: PrivateEngine;
  let lab: AppLab;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
    lab = await AppLab.start({ DOCKER_HOST: engine.host }, engine.docker);
  });
  afterAll(async () => {
    await lab?.close();
    await engine?.destroy();
  });

  it('is not used until the operator adopts it; then what it does not hold has ended', async () => {
    await lab.writeApp('moved', web(await lab.image({ listen: [8080] })));
    await lab.installed('moved');
    const first = await idOf(engine);
    await engine.down();
    for (const name of await readdir(engine.dataRoot))
      await rm(join(engine.dataRoot, name), { recursive: true, force: true });
    await rm(engine.keyFile, { force: true });
    await engine.up();
    const second = await idOf(engine);
    expect(second).not.toBe(first);
    await pollUntil('the new engine to be told from the old', async () => {
      const { body } = await lab.admin.http
        .with({ 'accept-language': 'en' })
        .post('/getAppInfo', { appName: 'moved' });
      expect(body.data?.phase).not.toBe('gone');
      return body.message.includes('adopt-engine');
    });
    expect(await ownerIn(lab)).toBe(first);

    const { environment } = lab.server;
    const refused = await run('admin', ['adopt-engine'], environment);
    expect(refused).toMatchObject({
      status: 1,
      output: expect.stringContaining('nothing was changed'),
    });
    await lab.server.app.close();
    const adopted = await pollUntil('the lease of the server to end', async () => {
      const result = await run('admin', ['adopt-engine'], environment);
      return result.status === 0 ? result : null;
    });
    expect(adopted.output).toMatch(new RegExp(`${second} now.*moved`));
    const again = await run('admin', ['adopt-engine'], environment);
    expect(again).toMatchObject({ status: 0, output: expect.stringContaining('already') });

    const sut = await lab.startSecondServer();
    try {
      const http = sut.http.as(lab.admin.accessToken).with({ 'accept-language': 'en' });
      const { body } = await http.post('/getAppInfo', { appName: 'moved' });
      expect(body.data).toMatchObject({ status: '2', phase: 'failed', cause: 'engine-changed' });
      const leases: object[] = await sut.dataSource.query('SELECT port FROM app_port_leases');
      expect(leases).toEqual([]);
      const audit = await http.get('/api/v1/user/admin/audit?action=engine.adopted');
      expect(audit.body.data.items).toHaveLength(1);
      expect(audit.body.data.items[0]).toMatchObject({
        actor: { uid: 'operator' },
        target: { type: 'engine', id: second },
        details: { before: first, kept: 0, ended: 'moved' },
      });
      await lab.writeApp('moved', web(await lab.image({ listen: [8080] })));
      await http.post('/api/v1/catalogue/reload', {});
      expect((await http.post('/installApp', { appName: 'moved' })).status).toBe(200);
      await pollUntil('the app on the new engine', async () => {
        const answer = await http.post('/getAppInfo', { appName: 'moved' });
        return answer.body.data.status === '1';
      });
      await http.post('/uninstallApp', { appName: 'moved', removeData: true });
    } finally {
      await sut.close();
    }
  });
});
