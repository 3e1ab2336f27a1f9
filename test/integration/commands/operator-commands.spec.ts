import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../support/certificate';
import { startTestApp, type TestApp } from '../../support/test-app';
import { findFreePort } from '../../../src/local-services/free-port';
import type { Environment } from '../../../src/platform/config/load-settings';

const root = join(__dirname, '..', '..', '..');
const register = join(root, 'test', 'chaos', 'register.js');

/** Runs a program of src/commands to its end. */
async function run(command: string, args: readonly string[], environment: Environment = {}) {
  const file = join(root, 'src', 'commands', `${command}.ts`);
  const child = spawn(process.execPath, ['-r', register, file, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...environment },
    timeout: 100_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += String(chunk)));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe('commands for operators', () => {
  it.each(['start', 'demo', 'backup', 'restore', 'admin', 'catalog-lint'])(
    '%s refuses unknown options, and --help only prints how it is used',
    async (command) => {
      const [refused, help] = await Promise.all([
        run(command, ['--frobnicate']),
        run(command, ['--help']),
      ]);
      expect(refused).toMatchObject({ status: 2, output: expect.stringContaining('--frobnicate') });
      expect(help).toMatchObject({ status: 0, output: expect.stringMatching(/^Usage:\s+npm/) });
    },
  );
});

describe('commands beside a running server whose certificate signs itself', () => {
  let folder: string;
  let app: TestApp;
  let environment: Environment;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'operator-commands-'));
    const { certFile, keyFile } = selfSigned(folder, 'DNS:stackscape.example');
    const port = String(await findFreePort());
    app = await startTestApp({ TLS_CERT: certFile, TLS_KEY: keyFile, PORT: port });
    environment = app.environment;
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the demo trusts the certificate of its own settings and passes', async () => {
    const { status, output } = await run('demo', [], environment);
    expect({ status, output }).toMatchObject({
      status: 0,
      output: expect.stringMatching(/StackScape demo on https:[^]*p\(HCC\) = 0\.789[^]*passed/),
    });
  });

  it('the demo says what to do about a certificate that it does not know', async () => {
    const url = `https://127.0.0.1:${environment['PORT']}`;
    const { status, output } = await run('demo', [], { STACKSCAPE_URL: url });
    expect(status).toBe(1);
    expect(output).toContain('NODE_EXTRA_CA_CERTS');
    expect(output).not.toContain('npm start');
  });

  it('a second start and a restore name the running server', async () => {
    const url = `https://localhost:${environment['PORT']}`;
    const start = await run('start', [], environment);
    expect(start.status).toBe(1);
    expect(start.output).toContain(`A StackScape server is already running: ${url}/docs`);
    const restore = await run('restore', ['/nonexistent'], environment);
    expect(restore.status).toBe(1);
    expect(restore.output).toContain(`StackScape is running at ${url}. Stop it first`);
    expect(restore.output).not.toContain('another PORT');
  });
});
