import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppRemover } from '../../../src/apps/install/app-remover';
import { InstallationStore } from '../../../src/apps/installations/installation.store';
import { RowLeases } from '../../../src/apps/installations/row-lease';
import { EngineError } from '../../../src/platform/docker/engine.errors';
import { EngineProxy } from '../../support/engine-proxy';
import { AppLab, CLEAN, docker } from '../../support/factories/app-lab';
import { engineCalls, overSwarm } from '../../support/places';
import { pollUntil } from '../../support/poll-until';

const web = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { KEY: "\${KEY:?}" }
`;
const withKey = {
  '.env': 'HTTP_PORT=9001\nKEY=\n',
  'app.json': JSON.stringify({
    title: { zh: '键', en: 'Keyed' },
    main: { service: 'web', port: 8080 },
    variables: [{ name: 'KEY', title: { zh: '键', en: 'Key' }, type: 'password' }],
  }),
};

describe('uninstalling', () => {
  let engine: EngineProxy;
  let lab: AppLab;
  beforeAll(async () => {
    engine = await EngineProxy.start();
    lab = await AppLab.start({ DOCKER_HOST: engine.host });
  });
  afterAll(async () => {
    await lab.close();
    await engine.stop();
  });

  it('fails with the documented text and the port when a container does not stop', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('stuck', web(image), withKey);
    const { port } = await lab.installed('stuck');
    engine.refuse = {
      method: 'POST',
      path: engineCalls.stop,
      status: 500,
      message: 'cannot stop container: tried to kill container, but did not receive an exit event',
    };
    const answer = await lab.uninstall('stuck');
    // A manager of a Swarm does not hear of a container that does not stop; it only has errors of its own.
    if (overSwarm) expect(answer).toMatchObject({ status: 503, body: { code: '0', error: 50000 } });
    else expect(answer).toMatchObject({ status: 409, body: { code: '0', error: 30000 } });
    expect(answer.body.message).toContain(`stuck卸载失败，仍然在运行，端口为${port}`);
    expect((await lab.info('stuck')).status).toBe('1');
    const all = await lab.admin.http.post('/uninstallAllApp');
    expect(all.status).toBe(409);
    expect(all.body).toMatchObject({ code: '0', error: 30000, details: [{ field: 'stuck' }] });
    expect(all.body.details[0].message).toContain('stuck卸载失败');
    engine.refuse = null;
    expect((await lab.uninstall('stuck')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('waits for an engine that does not answer for a while', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('patient', web(image), withKey);
    await lab.installed('patient');
    engine.hold = { method: 'GET', path: /\/networks\?/ };
    const answer = lab.uninstall('patient');
    await pollUntil('its networks to be asked for', () => engine.isHolding);
    // Until it has been given up, another one is not held.
    engine.hold = null;
    expect((await answer).status).toBe(200);
    engine.resume();
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('leaves an app running where the engine was away for longer than that is waited for', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('kept', web(image), withKey);
    await lab.installed('kept');
    const { app } = lab.server;
    const row = (await app.get(InstallationStore).findActive('kept'))!;
    await app
      .get(RowLeases)
      .hold(row.id, ['installed'], { state: 'uninstalling' }, async (lease) => {
        await (await lab.container('kept')).stop({ t: 1 });
        await app.get(AppRemover).giveUp(row, lease, new EngineError('engine-timeout', 'kept'));
      });
    await pollUntil('it to run again', async () => (await lab.info('kept')).status === '1');
    expect((await lab.uninstall('kept')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('never touches resources that others created beside the app', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('neighbour', web(image), withKey);
    await lab.installed('neighbour');
    const name = `${lab.prefix}neighbour-foreign`;
    const foreign = await lab.engines.createContainer({
      Image: image,
      name,
      Labels: { 'com.docker.compose.project': `${lab.prefix}neighbour` },
      HostConfig: { Binds: [`${name}:/data`] },
    });
    expect((await lab.uninstall('neighbour')).status).toBe(200);
    await foreign.inspect();
    expect((await lab.leftovers()).volumes).toEqual([name]);
    await foreign.remove({ force: true });
    await docker.getVolume(name).remove();
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('answers 503 when the engine has an internal error', async () => {
    engine.refuse = {
      method: 'GET',
      path: engineCalls.list,
      status: 500,
      message: 'Internal Server Error',
    };
    await lab.writeApp('refused', web('none:1'), withKey);
    const answers = [
      await lab.install('refused'),
      await lab.admin.http.get('/getAllAppInfo'),
      await lab.admin.http.get('/api/v1/apps/drift'),
    ];
    engine.refuse = null;
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers[0]?.body).toMatchObject({ code: '0', error: 50000 });
    expect(answers[2]?.body).toMatchObject({ code: 50000 });
  });

  it('removes kept data of an app without volumes afterwards, folder and passwords too', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('left', web(image), withKey);
    await lab.installed('left');
    const folder = join(lab.server.settings.dataDir, 'apps', 'left');
    await lab.uninstall('left', false);
    expect((await stat(folder)).isDirectory()).toBe(true);
    expect((await lab.admin.http.get('/api/v1/apps/left/secrets')).status).toBe(200);
    const answer = await lab.uninstall('left', true);
    expect(answer).toMatchObject({ status: 200, body: { code: '1', message: 'left卸载成功' } });
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(dirname(folder))).toEqual([]);
    expect((await lab.admin.http.get('/api/v1/apps/left/secrets')).status).toBe(404);
  });

  it('succeeds for an app that is not installed and says so; an unknown app stays unknown', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('twice', web(image), withKey);
    const never = await lab.uninstall('twice');
    expect(never).toMatchObject({
      status: 200,
      body: { code: '1', message: 'twice并未安装，无需卸载' },
    });
    await lab.installed('twice');
    expect((await lab.uninstall('twice')).body.message).toBe('twice卸载成功');
    const again = await lab.uninstall('twice');
    expect(again).toMatchObject({
      status: 200,
      body: { code: '1', message: 'twice并未安装，无需卸载' },
    });
    expect(await lab.uninstall('nosuchapp')).toMatchObject({ status: 404, body: { error: 30000 } });
  });
});
