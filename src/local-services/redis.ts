import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual } from '../platform/i18n/bilingual';
import { storedSecret } from '../platform/secrets/stored-secret';
import { ChildService, endLeftover, logPath } from './child-service';
import { findBinary } from './find-binary';
import { startOnFreePort, type RunningService } from './port-service';

export const missingRedis = bilingual(
  '找不到 redis-server。请运行 "npm run setup"（Debian/Ubuntu 下以 root 运行会自动安装），或手动安装 Redis 6 以上版本，或用 REDIS_URL 指定已有的 Redis。',
  'redis-server was not found. Run "npm run setup" (as root on Debian or Ubuntu it installs it), install Redis 6 or newer by hand, or name an existing one in REDIS_URL.',
);

/**
 * A private Redis on a loopback port: append-only file (an `everysec` log lost no job on SIGKILL, no
 * persistence lost all), never evicting, with a password that does not appear on the command line.
 */
export async function startRedis(dataDir: string): Promise<RunningService> {
  const command = findBinary('redis-server');
  if (!command) throw new OperatorError(missingRedis);
  await endLeftover(dataDir, 'redis');
  const folder = join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = storedSecret(dataDir, 'redis-password', 24).toString('hex');
  try {
    const { port, service } = await startOnFreePort({
      folder,
      start: (port) => {
        const stdin = configuration(folder, port, password);
        return ChildService.start({ name: 'redis', command, args: ['-'], dataDir, stdin });
      },
      answers: (port) => answers(port, password),
      timeoutMs: 60_000,
      portTaken: 'Address already in use',
    });
    return { url: `redis://:${password}@127.0.0.1:${port}/0`, stop: () => service.stop() };
  } catch (cause) {
    const log = logPath(dataDir, 'redis');
    const text = bilingual(
      `私有 Redis 启动失败。日志：${log}`,
      `The private Redis did not start. Its log: ${log}`,
    );
    throw new OperatorError(text, { cause });
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

/** Whether it takes commands; while it loads a large file it answers `-LOADING`. */
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
