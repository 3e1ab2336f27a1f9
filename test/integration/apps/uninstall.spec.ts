import { EngineProxy } from '../../support/engine-proxy';
import { AppLab, CLEAN, docker } from '../../support/factories/app-lab';

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
      path: /\/containers\/[^/]+\/stop/,
      status: 500,
      message: 'cannot stop container: tried to kill container, but did not receive an exit event',
    };
    const answer = await lab.uninstall('stuck');
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('0');
    expect(answer.body.message).toContain(`stuck卸载失败，仍然在运行，端口为${port}`);
    expect((await lab.info('stuck')).status).toBe('1');
    engine.refuse = null;
    expect((await lab.uninstall('stuck')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('never touches resources that others created beside the app', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('neighbour', web(image), withKey);
    await lab.installed('neighbour');
    const name = `${lab.prefix}neighbour-foreign`;
    const foreign = await docker.createContainer({
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
});
