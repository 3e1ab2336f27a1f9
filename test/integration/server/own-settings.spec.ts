import { mkdtemp, rm } from 'node:fs/promises';
import { request as askPlainly } from 'node:http';
import { request as askOverTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Environment } from '../../../src/platform/config/load-settings';
import { startAppWithAdmin } from '../../support/app-with-admin';
import { selfSigned, type Certificate } from '../../support/certificate';
import { createInstallation, startTestApp, type TestInstallation } from '../../support/test-app';

const weak: Environment = {
  HOST: '0.0.0.0',
  CORS_ORIGINS: '*',
  APP_BIND: '0.0.0.0',
  DB_BIND: '0.0.0.0',
  THROTTLE_LOGIN: 'off',
  // Nothing is to be found on an engine here.
  DOCKER_HOST: 'unix:///nonexistent/docker.sock',
};

describe('risk audit of weak settings', () => {
  let installation: TestInstallation;
  let folder: string;
  let certificate: Certificate;
  let token: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'own-settings-'));
    certificate = selfSigned(folder);
    installation = await createInstallation();
    const app = await startAppWithAdmin({}, installation);
    token = app.admin.accessToken;
    await app.close();
  });
  afterAll(async () => {
    await installation.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a server with these settings finds, but for the disks of this machine. */
  async function found(environment: Environment): Promise<string[]> {
    const app = await startTestApp(environment, installation);
    try {
      const secure = environment['TLS_CERT'] !== undefined;
      const url = app.url.replace(/^http:/, secure ? 'https:' : 'http:');
      const answer = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
        const options = { method: 'POST', headers: { token }, ca: certificate.pem };
        (secure ? askOverTls : askPlainly)(`${url}/api/v1/server/risks/scan`, options, resolve)
          .on('error', reject)
          .end();
      });
      const { data } = (await json(answer)) as { data: { code: string }[] };
      return data.map(({ code }) => code).filter((code) => !/^(disk|inode|engine)-/.test(code));
    } finally {
      await app.close();
    }
  }

  it('finds each weakness, and one fewer after each remedy', async () => {
    const expected = ['apps-on-all-addresses', 'no-tls', 'open-cors', 'login-unthrottled'];
    expect((await found(weak)).sort()).toEqual([...expected].sort());
    const remedies: Record<string, Environment> = {
      'apps-on-all-addresses': { APP_BIND: '127.0.0.1', DB_BIND: '127.0.0.1' },
      'no-tls': { TLS_CERT: certificate.certFile, TLS_KEY: certificate.keyFile },
      'open-cors': { CORS_ORIGINS: 'https://app.example' },
      'login-unthrottled': { THROTTLE_LOGIN: '20/60' },
    };
    let settings = weak;
    for (const [code, change] of Object.entries(remedies)) {
      settings = { ...settings, ...change };
      expected.splice(expected.indexOf(code), 1);
      expect((await found(settings)).sort()).toEqual([...expected].sort());
    }
  });

  it('accepts a reverse proxy in place of TLS', async () => {
    const behindProxy = { HOST: '127.0.0.1', TRUSTED_PROXIES: '10.0.0.1' };
    expect(await found({ ...weak, ...behindProxy })).not.toContain('no-tls');
  });
});
