import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findFreePort } from '../../src/local-services/free-port';
import type { Environment } from '../../src/platform/config/load-settings';
import { setupTokenHeader } from './setup-token';
import { HttpClient } from './http-client';
import { pollUntil } from './poll-until';

const root = join(__dirname, '..', '..');

/** The product in an operating-system process of its own, by default answering HTTP only. */
export class ApiProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Calls without a token. */
    readonly http: HttpClient,
  ) {}

  /** Resolves when it is ready. */
  static async start(
    environment: Environment,
    {
      role = 'api',
      port,
    }: { readonly role?: 'api' | 'all' | 'worker'; readonly port?: number } = {},
  ): Promise<ApiProcess> {
    const listenAt = String(port ?? (await findFreePort()));
    const child = spawn(
      process.execPath,
      ['-r', join(root, 'test', 'chaos', 'register.js'), join(root, 'src', 'main.ts')],
      {
        env: { PATH: process.env['PATH'], ...environment, ROLE: role, PORT: listenAt },
        stdio: ['ignore', 'ignore', process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore'],
      },
    );
    const http = new HttpClient(`http://127.0.0.1:${listenAt}`);
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

  /** Stops it where it is: connections stay open and nothing is answered. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Lets a frozen one go on. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Waits for it to end by itself; its exit status. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
  }
}
