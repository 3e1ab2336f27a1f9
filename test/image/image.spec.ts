import { execFile } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../src/local-services/free-port';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { SETUP_TOKEN_HEADER } from '../../src/users/setup-token';
import { submit, untilEnded } from '../support/factories/compute';
import { signIn, signUpAdmin, type SignedIn } from '../support/factories/users';
import { HttpClient } from '../support/http-client';
import { pollUntil } from '../support/poll-until';
import { PrivateEngine } from '../support/private-engine';
import { setupTokenHeader } from '../support/setup-token';
import { ImageBuilder } from './stand-in-images';

jest.setTimeout(1_500_000);

const execute = promisify(execFile);
const bundle = join(PROJECT_ROOT, 'docker', 'porter', 'bundle.sh');
const USER = 10_001;
const PROJECT = 'stackscape-image';

describe('docker/Dockerfile and docker/compose.yml on an engine', () => {
  let engine: PrivateEngine;
  let builder: ImageBuilder;
  let environment: NodeJS.ProcessEnv;
  let dataDir: string;
  let http: HttpClient;
  let admin: SignedIn;
  /** Name of the server's container. */
  let server: string;

  beforeAll(async () => {
    engine = await PrivateEngine.start();
    builder = new ImageBuilder(engine.host);
    if (!process.env['IMAGE_PULL']) await builder.buildStandIns();
    await builder.build('docker/Dockerfile', '.', 'stackscape');

    dataDir = await mkdtemp(join(tmpdir(), 'image-data-'));
    await chown(dataDir, USER, USER);
    const socket = engine.host.replace('unix://', '');
    const [port, databasePort, redisPort] = await Promise.all([1, 2, 3].map(() => findFreePort()));
    environment = {
      PATH: process.env['PATH'],
      DOCKER_HOST: engine.host,
      DOCKER_SOCKET: socket,
      DOCKER_GID: String((await stat(socket)).gid),
      PROJECT,
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      APP_BIND: '127.0.0.1',
      PORT: String(port),
      DATABASE_PORT: String(databasePort),
      REDIS_PORT: String(redisPort),
      DATABASE_PASSWORD: 'p@ss/w:rd #%41 \'"',
      REDIS_PASSWORD: 'r/d@s#%41',
    };
    http = new HttpClient(`http://127.0.0.1:${port}`);
  });
  afterAll(async () => {
    if (environment) await act('uninstall', { REMOVE_DATA: 'true' }).catch(() => undefined);
    await engine?.destroy();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  /** One action of the Porter bundle, which runs docker compose. */
  async function act(action: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
    const { stdout } = await execute(bundle, [action], { env: { ...environment, ...more } });
    return stdout;
  }
  async function docker(...args: string[]): Promise<string> {
    return (await execute('docker', args, { env: environment })).stdout;
  }
  const hello = async (): Promise<{ status: string; info: string; port: string }> =>
    (await admin.http.post('/getAppInfo', { appName: 'hello' })).body.data;
  const untilHelloRuns = (): Promise<unknown> =>
    pollUntil(
      'hello to run',
      async () => {
        const { status, info, port } = await hello();
        if (status === '2') throw new Error(info);
        return status === '1' && (await fetch(`http://127.0.0.1:${port}`)).ok;
      },
      { deadlineMs: 60_000 },
    );

  it('becomes healthy, not as root and with two capabilities', async () => {
    expect(await act('install')).toContain('StackScape is healthy');
    const label = `label=com.docker.compose.service=server`;
    server = (await docker('ps', '--filter', label, '--format', '{{.Names}}')).trim();
    const processes = (await docker('top', server, '-eo', 'pid,args')).split('\n');
    const pid = parseInt(processes.find((line) => /\d\s+node dist/.test(line)) ?? '', 10);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\s+${USER}\\s+${USER}\\s`, 'm'));
    // CAP_DAC_OVERRIDE is 1, CAP_FOWNER is 3.
    expect(status).toMatch(/^CapEff:\s+000000000000000a$/m);
    expect(await act('status')).toContain('server: healthy');
  });

  it('registers the administrator by its token, installs an app over the socket and computes', async () => {
    expect((await http.get('/')).body).toContain('<div id="root">');
    admin = await signUpAdmin({ http: http.with(setupTokenHeader(dataDir)) });
    const { details } = (await http.get('/health/ready')).body;
    expect(details).toMatchObject({ docker: { status: 'up' }, database: { status: 'up' } });
    const answer = await admin.http.post('/installApp', { appName: 'hello' });
    expect(answer).toMatchObject({ status: 200, body: { code: '1' } });
    await untilHelloRuns();
    const { result } = await untilEnded(admin, await submit(admin));
    expect(result?.probability).toBeCloseTo(0.789, 3);
  });

  it('restarts, and goes over to a new image after a backup, with apps and accounts', async () => {
    await docker('restart', server);
    await act('install');
    await untilHelloRuns();

    await docker('tag', 'stackscape', 'stackscape:next');
    expect(await act('upgrade', { STACKSCAPE_IMAGE: 'stackscape:next' })).toMatch(/backup/i);
    expect(await docker('inspect', '-f', '{{.Config.Image}}', server)).toBe('stackscape:next\n');
    admin = await signIn({ http }, admin);
    await untilHelloRuns();
  });

  it('has the command line inside, and removes an app with what it wrote', async () => {
    const { version } = JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await docker('exec', server, 'npx', 'stackscape', '--version')).toContain(version);
    const body = { appName: 'hello', removeData: true };
    expect((await admin.http.post('/uninstallApp', body)).status).toBe(200);
    await expect(stat(join(dataDir, 'apps', 'hello'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('runs as the systemd unit, in its whole sandbox, with services of its own', async () => {
    const port = await findFreePort();
    await builder.build('test/image/stand-ins/systemd.Dockerfile', '.', 'stackscape-systemd', {
      DOCKER_GID: environment['DOCKER_GID'] ?? '',
      SETTINGS: `HOST=127.0.0.1 PORT=${port} APP_BIND=127.0.0.1`,
    });
    const capabilities = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_NICE', 'SYS_PTRACE', 'AUDIT_CONTROL'];
    const machine = (
      await docker(
        ...['run', '-d', '--network', 'host', '-e', 'container=docker'],
        ...capabilities.flatMap((name) => ['--cap-add', name]),
        ...['seccomp', 'apparmor', 'systempaths'].flatMap((name) => [
          '--security-opt',
          `${name}=unconfined`,
        ]),
        ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp:exec'],
        ...['-v', '/sys/fs/cgroup:/sys/fs/cgroup'],
        ...['-v', `${environment['DOCKER_SOCKET']}:/run/docker.sock`, 'stackscape-systemd'],
      )
    ).trim();
    const inside = (...command: string[]): Promise<string> => docker('exec', machine, ...command);
    const journal = (): Promise<string> => inside('journalctl', '-u', 'stackscape', '--no-pager');
    http = new HttpClient(`http://127.0.0.1:${port}`);
    await pollUntil(
      'the unit',
      async () => (await http.get('/health/ready').catch(() => null))?.status === 200,
      { deadlineMs: 90_000 },
    ).catch(async (cause: unknown) => {
      throw new Error(await journal(), { cause });
    });
    const pid = (
      await inside('systemctl', 'show', '-p', 'MainPID', '--value', 'stackscape')
    ).trim();
    const status = await inside('cat', `/proc/${pid}/status`);
    for (const line of [/^CapEff:\s+0*a$/m, /^NoNewPrivs:\s+1$/m, /^Seccomp:\s+2$/m])
      expect(status).toMatch(line);
    expect(status).not.toMatch(/^Uid:\s+0\s/m);
    const token = await inside('cat', '/var/lib/stackscape/secrets/setup-token');
    admin = await signUpAdmin({ http: http.with({ [SETUP_TOKEN_HEADER]: token.trim() }) });
    expect((await admin.http.post('/installApp', { appName: 'hello' })).status).toBe(200);
    await untilHelloRuns();
    await inside('systemctl', 'restart', 'stackscape');
    await pollUntil('the unit again', () => signIn({ http }, admin).catch(() => null));
    const body = { appName: 'hello', removeData: true };
    expect((await admin.http.post('/uninstallApp', body)).status).toBe(200);
    expect(await inside('systemctl', 'show', '-p', 'NRestarts', '--value', 'stackscape')).toBe(
      '0\n',
    );
  });
});
