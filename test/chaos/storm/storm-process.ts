import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../../src/local-services/free-port';
import type { Environment } from '../../../src/platform/config/load-settings';
import { pollUntil } from '../../support/poll-until';
import { TcpProxy } from '../../support/tcp-proxy';

const ROOT = join(__dirname, '..', '..', '..');
/** Where Debian keeps it, by `process.arch`. */
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const FAKETIME = `/usr/lib/${MACHINES[process.arch]}-linux-gnu/faketime/libfaketime.so.1`;

export const SERVICES = ['database', 'redis', 'engine'] as const;
export type Service = (typeof SERVICES)[number];

/** One process of the product, behind proxies of its own, that can be killed, stopped and restarted. */
export class StormProcess {
  /** How often it ended without being killed. */
  unexpectedExits: string[] = [];
  private child: ChildProcess | null = null;
  private killed = false;
  /** A file in the folder `CHAOS_LOGS`, or nothing. */
  private readonly log: number | 'ignore';

  private constructor(
    readonly name: string,
    readonly proxies: Readonly<Record<Service, TcpProxy>>,
    readonly url: string,
    private readonly environment: Environment,
    private readonly clock: string,
  ) {
    const folder = process.env['CHAOS_LOGS'];
    this.log = folder ? openSync(join(folder, `${name}.log`), 'a') : 'ignore';
  }

  /** Makes proxies and environment; `start` runs it. */
  static async prepare(
    name: string,
    role: 'api' | 'worker',
    environment: Environment,
    plantedBug: string,
  ): Promise<StormProcess> {
    if (!existsSync(FAKETIME)) throw new Error('No faketime: install it (npm run setup).');
    const database = await TcpProxy.beforeUrl(environment['DATABASE_URL'] ?? '');
    const redis = await TcpProxy.beforeUrl(environment['REDIS_URL'] ?? '');
    const { DOCKER_HOST: host = 'unix:///var/run/docker.sock' } = environment;
    const engine = await TcpProxy.to({ path: host.replace('unix://', '') });
    const port = await findFreePort();
    const clock = join(environment['DATA_DIR'] ?? '', `clock-${name}`);
    writeFileSync(clock, '+0');
    return new StormProcess(
      name,
      { database: database.proxy, redis: redis.proxy, engine },
      `http://127.0.0.1:${port}`,
      {
        PATH: process.env['PATH'],
        ...environment,
        ROLE: role,
        PORT: String(port),
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        DOCKER_HOST: `tcp://127.0.0.1:${engine.port}`,
        PLANTED_BUG: plantedBug,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_CACHE_DURATION: '1', // seconds between two looks at the file
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
      clock,
    );
  }

  get isAlive(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  start(): void {
    this.killed = false;
    const child = spawn(
      process.execPath,
      ['-r', join(ROOT, 'test/chaos/register.js'), join(__dirname, 'entry.ts')],
      {
        env: this.environment,
        stdio: ['ignore', this.log, this.log],
      },
    );
    this.child = child;
    child.once('exit', (code, signal) => {
      if (!this.killed) this.unexpectedExits.push(`${this.name}: ${signal ?? `status ${code}`}`);
    });
  }

  async untilReady(): Promise<void> {
    await pollUntil(
      `${this.name} to be ready`,
      async () =>
        (
          await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
            () => null,
          )
        )?.ok,
      { deadlineMs: 180_000, everyMs: 100 },
    );
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || !this.isAlive) return;
    this.killed = true;
    child.kill('SIGCONT');
    child.kill(signal);
    if (this.isAlive) await once(child, 'exit');
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Moves its clock by so many seconds from the truth. */
  setClock(seconds: number): void {
    writeFileSync(this.clock, `${seconds < 0 ? '' : '+'}${seconds}`);
  }

  async close(): Promise<void> {
    await this.kill('SIGTERM');
    for (const service of SERVICES) await this.proxies[service].cut();
  }
}
