import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ChildService } from '../../../src/local-services/child-service';
import { findBinary } from '../../../src/local-services/find-binary';
import { findFreePort } from '../../../src/local-services/free-port';

const PASSWORD = 'redis-password';
const SENTINEL_PASSWORD = 'sentinel-password';
const MAIN = 'main';
const START_MS = 20_000;

/** Two Redis servers, one of which follows the other, and three sentinels that watch them. */
export class SentinelRedis {
  private readonly services = new Map<number, ChildService>();
  private readonly sentinelPorts: number[] = [];

  private constructor(private readonly folder: string) {}

  static async start(folder: string): Promise<SentinelRedis> {
    const redis = new SentinelRedis(folder);
    const main = await redis.startServer(await findFreePort(null), null);
    await redis.startServer(await findFreePort(null), main);
    for (let i = 0; i < 3; i++) redis.sentinelPorts.push(await redis.startSentinel(main));
    return redis;
  }

  get url(): string {
    const hosts = this.sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://:${PASSWORD}@${hosts}/${MAIN}/0?sentinelPassword=${SENTINEL_PASSWORD}`;
  }

  /** Kills the server that takes writes now; the sentinels make the other one take them. @returns its port */
  async killMain(): Promise<number> {
    const sentinel = new Redis(this.sentinelPorts[0]!, { password: SENTINEL_PASSWORD });
    const [, port] = (await sentinel.call('SENTINEL', 'get-master-addr-by-name', MAIN)) as string[];
    sentinel.disconnect();
    const service = this.services.get(Number(port));
    if (service) process.kill(service.identity.pid, 'SIGKILL');
    return Number(port);
  }

  /** Starts a killed server again, as its machine would: it believes that it is still the main one. */
  async restart(port: number): Promise<void> {
    await this.startServer(port, null);
  }

  async stop(): Promise<void> {
    for (const service of [...this.services.values()].reverse()) await service.stop();
  }

  private async startServer(port: number, follows: number | null): Promise<number> {
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      `requirepass ${PASSWORD}`,
      `masterauth ${PASSWORD}`,
      'save ""',
      ...(follows === null ? [] : [`replicaof 127.0.0.1 ${follows}`]),
    ];
    return this.startProgram(port, 'redis', lines, PASSWORD, []);
  }

  private async startSentinel(main: number): Promise<number> {
    const port = await findFreePort(null);
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      `requirepass ${SENTINEL_PASSWORD}`,
      `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
      `sentinel monitor ${MAIN} 127.0.0.1 ${main} 2`,
      `sentinel auth-pass ${MAIN} ${PASSWORD}`,
      `sentinel down-after-milliseconds ${MAIN} 1000`,
      `sentinel failover-timeout ${MAIN} 5000`,
    ];
    return this.startProgram(port, 'sentinel', lines, SENTINEL_PASSWORD, ['--sentinel']);
  }

  private async startProgram(
    port: number,
    kind: string,
    lines: readonly string[],
    password: string,
    options: readonly string[],
  ): Promise<number> {
    const own = join(this.folder, `${kind}-${port}`);
    mkdirSync(own, { recursive: true });
    const file = join(own, 'redis.conf');
    writeFileSync(file, [...lines, `dir "${own}"`, ''].join('\n'));
    const service = ChildService.start({
      name: `${kind}-${port}`,
      command: findBinary('redis-server') ?? 'redis-server',
      args: [file, ...options],
      dataDir: this.folder,
    });
    this.services.set(port, service);
    await service.waitUntil(() => answers(port, password), START_MS);
    return port;
  }
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new Redis(port, '127.0.0.1', { password, lazyConnect: true, retryStrategy: () => null }); // prettier-ignore
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
