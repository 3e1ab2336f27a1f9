import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Environment } from '../../src/platform/config/load-settings';
import { setupTokenHeader } from './setup-token';
import { HttpClient } from './http-client';
import { pollUntil } from './poll-until';

const root = join(__dirname, '..', '..');

/** The product in an operating-system process of its own, answering HTTP only. */
export class ApiProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Calls without a token. */
    readonly http: HttpClient,
  ) {}

  /** Resolves when it is ready. */
  static async start(environment: Environment): Promise<ApiProcess> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      ['-r', join(root, 'test', 'chaos', 'register.js'), join(root, 'src', 'main.ts')],
      {
        env: { PATH: process.env['PATH'], ...environment, ROLE: 'api', PORT: String(port) },
        stdio: ['ignore', 'ignore', process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore'],
      },
    );
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    await pollUntil(
      'an API process to be ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
        return (await http.get('/health/ready').catch(() => null))?.status === 200;
      },
      { deadlineMs: 60_000 },
    );
    return new ApiProcess(child, http.with(setupTokenHeader(environment['DATA_DIR'] ?? '')));
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
