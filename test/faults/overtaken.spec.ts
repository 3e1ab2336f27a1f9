import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineProxy } from '../support/engine-proxy';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { TcpProxy } from '../support/tcp-proxy';

const compose = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { KEY: "\${KEY:?}" }
`;

describe('an uninstall that another process has overtaken', () => {
  it('leaves folder and passwords of the installation that followed alone', async () => {
    const lab = await AppLab.start();
    const { DATABASE_URL: databaseUrl = '' } = lab.installation.environment;
    const { proxy: database, url } = await TcpProxy.beforeUrl(databaseUrl);
    const engine = await EngineProxy.start();
    const slow = await lab.startSecondServer({
      ROLE: 'api',
      DATABASE_URL: url,
      DOCKER_HOST: engine.host,
    });
    try {
      await lab.writeApp('heir', compose(await lab.image({ listen: [8080] })), {
        '.env': 'HTTP_PORT=9001\nKEY=\n',
        'app.json': JSON.stringify({
          title: { zh: '键', en: 'Keyed' },
          main: { service: 'web', port: 8080 },
          variables: [{ name: 'KEY', title: { zh: '键', en: 'Key' }, type: 'password' }],
        }),
      });
      const { jobId } = await lab.installed('heir');

      engine.hold = { method: 'DELETE', path: /\/containers\// };
      const overtaken = slow.http
        .as(lab.admin.accessToken)
        .post('/uninstallApp', { appName: 'heir', removeData: true });
      await pollUntil('the uninstall to remove its container', () => engine.isHolding);
      database.stall();
      await pollUntil('another process to finish the uninstall', async () => {
        const [row] = await lab.server.dataSource.query(
          'SELECT state FROM app_installations WHERE id = ?',
          [jobId],
        );
        return row.state === 'removed';
      });

      await lab.installed('heir');
      const secrets = async () =>
        (await lab.admin.http.get('/api/v1/apps/heir/secrets')).body.data as unknown;
      const before = await secrets();
      expect(before).toMatchObject([{ name: 'KEY' }]);
      const folder = join(lab.server.settings.dataDir, 'apps', 'heir');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'written-by-the-app'), 'data');

      await database.restore();
      engine.resume();
      const answer = await overtaken;
      expect(await secrets()).toEqual(before);
      expect(await readFile(join(folder, 'written-by-the-app'), 'utf8')).toBe('data');
      expect(answer).toMatchObject({ status: 200, body: { code: '1' } });
      expect(await lab.info('heir')).toMatchObject({ status: '1' });
      await lab.uninstall('heir');
      expect(await lab.leftovers()).toEqual(CLEAN);
    } finally {
      engine.resume();
      await database.restore();
      await slow.close();
      await database.cut();
      await lab.close();
      await engine.stop();
    }
  });

  it('is a success where its engine fails after another process has finished it', async () => {
    const lab = await AppLab.start();
    const engine = await EngineProxy.start();
    const slow = await lab.startSecondServer({ ROLE: 'api', DOCKER_HOST: engine.host });
    try {
      await lab.writeApp('heir', compose(await lab.image({ listen: [8080] })), {
        '.env': 'HTTP_PORT=9001\nKEY=k\n',
      });
      const { jobId } = await lab.installed('heir');
      engine.hold = { method: 'DELETE', path: /\/containers\// };
      const overtaken = slow.http.as(lab.admin.accessToken).post('/uninstallApp', {
        appName: 'heir',
      });
      await pollUntil('the uninstall to remove its container', () => engine.isHolding);
      await lab.server.dataSource.query(
        `UPDATE app_installations SET state = 'removed', activeApp = NULL, runToken = 'another'
         WHERE id = ?`,
        [jobId],
      );
      engine.refuse = { method: 'GET', path: /\/networks/, status: 400, message: 'no' };
      engine.resume();
      expect(await overtaken).toMatchObject({ status: 200, body: { code: '1' } });
    } finally {
      engine.resume();
      await slow.close();
      await lab.close();
      await engine.stop();
    }
  });
});
