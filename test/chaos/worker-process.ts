import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Environment } from '../../src/platform/config/load-settings';

/** A worker process that a test starts, and that ends with the test at the latest. */
export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  static start(
    environment: Environment,
    chaos: Environment = {},
    program = 'worker.ts',
  ): WorkerProcess {
    const child = spawn(
      process.execPath,
      ['-r', join(__dirname, 'register.js'), join(__dirname, program)],
      {
        env: { PATH: process.env['PATH'], ...environment, ROLE: 'worker', ...chaos },
        stdio: ['ignore', 'ignore', process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore'],
      },
    );
    return new WorkerProcess(child);
  }

  /** The signal that ended it, or null when it ended by itself; waits until it has. */
  async ended(): Promise<NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
    return this.child.signalCode;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended();
  }
}
