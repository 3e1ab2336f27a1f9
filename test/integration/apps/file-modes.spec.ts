import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { protectDataFolder } from '../../../src/platform/config/data-folder';
import { AppLab } from '../../support/factories/app-lab';

const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);

/** Compose of one service that serves what it can read of a secret, a config and a file of a bind. */
const reader = (image: string, user: string): string => `
services:
  web:
    image: ${image}
    ${user}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    secrets: [password]
    configs: [settings]
secrets: { password: { content: "pass-\${DB_PASSWORD}" } }
configs: { settings: { content: "password=\${DB_PASSWORD}" } }
`;

describe('files that are written for an app', () => {
  let lab: AppLab;
  let image: string;
  const pathOf = (...parts: string[]): string =>
    join(lab.server.settings.dataDir, 'apps', ...parts);
  beforeAll(async () => {
    lab = await AppLab.start();
    image = await lab.image({ listen: [8080] });
  });
  afterAll(() => lab.close());

  const readsAs = async (app: string, file: string): Promise<string> => {
    const container = await lab.container(app);
    const exec = await container.exec({ Cmd: ['cat', file], AttachStdout: true, AttachStderr: true, Tty: true }); // prettier-ignore
    const stream = await exec.start({ Tty: true });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text.trim();
  };

  it('belong to the one user that reads them, where the template says who that is', async () => {
    await lab.writeApp('alone', reader(image, 'user: "10042:10043"'));
    await lab.installed('alone', { variables: { DB_PASSWORD: 'right' } });
    for (const file of ['secrets/password', 'configs/settings']) {
      const { mode, uid, gid } = await stat(pathOf('alone', '.stackscape', file));
      expect([(mode & 0o777).toString(8), uid, gid]).toEqual(['440', 10042, 10043]);
    }
    expect(await readsAs('alone', '/run/secrets/password')).toBe('pass-right');
    expect(await readsAs('alone', '/settings')).toBe('password=right');
    await lab.uninstall('alone');
  });

  it('are readable by all where it does not, in folders that no other user can enter', async () => {
    await lab.writeApp('open', reader(image, ''));
    await lab.installed('open', { variables: { DB_PASSWORD: 'right' } });
    expect(await modeOf(pathOf('open', '.stackscape/secrets/password'))).toBe('444');
    expect(await readsAs('open', '/run/secrets/password')).toBe('pass-right');
    const { dataDir } = lab.server.settings;
    protectDataFolder(dataDir); // as at every start of the product
    expect(await modeOf(dirname(pathOf('open')))).toBe('700');
    expect(['700', '710']).toContain(await modeOf(dataDir));
    await lab.uninstall('open');
  });
});
