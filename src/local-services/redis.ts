import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ChildService, endLeftover } from './child-service';
import { findBinary } from './find-binary';
import { findFreePort } from './free-port';
import { LocalServiceError } from './local-service.error';
import { storedSecret } from '../platform/secrets/stored-secret';

export const missingRedis = {
  zh: '找不到 redis-server。请运行 "npm run setup"（Debian/Ubuntu 下以 root 运行会自动安装），或手动安装 Redis 6 以上版本，或用 REDIS_URL 指定已有的 Redis。',
  en: 'redis-server was not found. Run "npm run setup" (as root on Debian or Ubuntu it installs it), install Redis 6 or newer by hand, or name an existing one in REDIS_URL.',
};

export interface RunningService {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A private Redis on a loopback port: append-only file (an `everysec` log lost no job on SIGKILL
 * where no persistence lost all), never evicting, with a password that stays off the command line.
 */
export async function startRedis(dataDir: string): Promise<RunningService> {
  const binary = findBinary('redis-server');
  if (!binary) throw new LocalServiceError(missingRedis);
  await endLeftover(dataDir, 'redis');
  const folder = join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = storedSecret(dataDir, 'redis-password', 24).toString('hex');
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(attempt === 1 ? rememberedPort(folder) : undefined);
    const service = ChildService.start({
      name: 'redis',
      command: binary,
      args: ['-'],
      dataDir,
      stdin: configuration(folder, port, password),
    });
    try {
      await service.waitUntil(() => answers(port, password), 60_000);
      writeFileSync(join(folder, 'port'), `${port}\n`);
      return { url: `redis://:${password}@127.0.0.1:${port}/0`, stop: () => service.stop() };
    } catch (error) {
      const portTaken = service.lastOutput().includes('Address already in use');
      await service.stop();
      if (portTaken && attempt < 5) continue;
      throw new LocalServiceError(
        {
          zh: `私有 Redis 没有启动成功。日志：${join(dataDir, 'logs', 'redis.log')}`,
          en: `The private Redis did not start. Its log: ${join(dataDir, 'logs', 'redis.log')}`,
        },
        { cause: error },
      );
    }
  }
}

function configuration(folder: string, port: number, password: string): string {
  const quoted = folder.replace(/[\\"]/g, '\\$&');
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'protected-mode yes',
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    `dir "${quoted}"`,
    '',
  ].join('\n');
}

function rememberedPort(folder: string): number | undefined {
  try {
    const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
    return Number.isInteger(port) && port > 1023 && port < 65536 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it takes commands: while it loads a large file it answers `-LOADING`. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    const end = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (received.includes('+PONG')) end(true);
      else if (/^-/m.test(received)) end(false);
    });
  });
}
