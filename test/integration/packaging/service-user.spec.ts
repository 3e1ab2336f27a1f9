import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../../src/local-services/free-port';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';
import { signUpAdmin, type SignedIn } from '../../support/factories/users';
import { HttpClient } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';
import { setupTokenHeader } from '../../support/setup-token';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import { createInstallation, type TestInstallation } from '../../support/test-app';

const USER = 10_001;
const IMAGE = 'service-user-writer:1';
/** An app whose container, as root, leaves a folder that nobody else may look into. */
const COMPOSE = `
services:
  web:
    image: ${IMAGE}
    command: ["sh", "-c", "mkdir -m 700 /data/closed && touch /data/closed/file && chown -R 999:999 /data/closed && exec /start.sh"]
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["./data:/data"]
`;

/** The capabilities that the systemd unit gives the service. */
async function capabilitiesOfUnit(): Promise<string[]> {
  const unit = await readFile(join(PROJECT_ROOT, 'packaging/systemd/stackscape.service'), 'utf8');
  const given = /^AmbientCapabilities=(.*)$/m.exec(unit)?.[1] ?? '';
  expect(/^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]).toBe(given);
  return given.split(' ').map((name) => name.replace('CAP_', '').toLowerCase());
}

describe('the server as the user of the systemd unit', () => {
  let installation: TestInstallation;
  let catalog: string;
  let server: ChildProcess;
  let admin: SignedIn;
  let dataDir: string;

  beforeAll(async () => {
    await buildStandIn(IMAGE, { listen: [8080] });
    catalog = await mkdtemp(join(tmpdir(), 'service-user-'));
    await mkdir(join(catalog, 'writer'));
    await writeFile(join(catalog, 'writer', 'docker-compose.yml'), COMPOSE);
    await chown(catalog, USER, USER);
    const port = String(await findFreePort());
    installation = await createInstallation({ CATALOG_PATHS: catalog, PORT: port });
    dataDir = installation.environment['DATA_DIR'] ?? '';
    await chown(dataDir, USER, USER);
    const capabilities = (await capabilitiesOfUnit()).map((name) => `+${name}`).join(',');
    const { gid } = await stat('/var/run/docker.sock');
    server = spawn(
      'setpriv',
      [
        ...[`--reuid=${USER}`, `--regid=${USER}`, `--groups=${gid}`, '--no-new-privs'],
        `--bounding-set=-all,${capabilities}`,
        ...[`--inh-caps=-all,${capabilities}`, `--ambient-caps=-all,${capabilities}`],
        ...[process.execPath, '-r', join(PROJECT_ROOT, 'test/chaos/register.js')],
        join(PROJECT_ROOT, 'src/main.ts'),
      ],
      {
        env: { PATH: process.env['PATH'], ...installation.environment },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    await pollUntil('the server', async () => {
      if (server.exitCode !== null) throw new Error(`it ended with status ${server.exitCode}`);
      return (await http.get('/health/ready').catch(() => null))?.status === 200;
    });
    admin = await signUpAdmin({ http: http.with(setupTokenHeader(dataDir)) });
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
    await installation.destroy();
    await removeStandIn(IMAGE);
    await rm(catalog, { recursive: true, force: true });
  });

  it('is not root, reaches the engine, and removes what an app wrote as another user', async () => {
    expect(await readFile(`/proc/${server.pid}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\s+${USER}\\s`, 'm'),
    );
    const { body } = await admin.http.get('/health/ready');
    expect(body.details.docker).toEqual({ status: 'up', engine: 'up' });
    expect((await admin.http.post('/installApp', { appName: 'writer' })).status).toBe(200);
    await pollUntil('the app to run', async () => {
      const info = (await admin.http.post('/getAppInfo', { appName: 'writer' })).body.data;
      if (info.status === '2') throw new Error(info.info);
      return info.status === '1';
    });
    const closed = join(dataDir, 'apps', 'writer', 'data', 'closed');
    expect((await stat(closed)).uid).toBe(999);
    const answer = await admin.http.post('/uninstallApp', { appName: 'writer', removeData: true });
    expect([answer.status, answer.body.message]).toEqual([200, expect.any(String)]);
    await expect(stat(join(dataDir, 'apps', 'writer'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
