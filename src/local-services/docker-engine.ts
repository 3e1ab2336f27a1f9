import { existsSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { ChildService, endLeftover, logPath } from './child-service';
import { findBinary } from './find-binary';

export const DEFAULT_ENGINE_SOCKET = '/var/run/docker.sock';

export interface EngineStart {
  /** Why apps cannot be installed, or null when an engine answers. */
  readonly note: Bilingual | null;
  /** Present only when this process started the engine. */
  readonly stop?: () => Promise<void>;
}

type EngineState = 'answers' | 'absent' | 'no-permission' | 'silent';

/**
 * Uses a running engine; starts one only when none answers on the default socket and we are root. Two
 * engines on one machine would compete for the same bridge and addresses.
 */
export async function ensureDockerEngine(
  dataDir: string,
  dockerHost: string | undefined,
  onStarting: () => void,
): Promise<EngineStart> {
  if (dockerHost) return { note: await namedEngineNote(dockerHost) };
  const state = await probe({ socketPath: DEFAULT_ENGINE_SOCKET });
  switch (state) {
    case 'answers':
      return { note: null };
    case 'no-permission':
      return {
        note: bilingual(
          `没有权限访问 Docker（${DEFAULT_ENGINE_SOCKET}），因此不能安装应用。请把当前用户加入 docker 组（sudo usermod -aG docker $USER，然后重新登录），或以 root 运行。`,
          `No permission to use Docker (${DEFAULT_ENGINE_SOCKET}), so apps cannot be installed. Add this user to the group docker (sudo usermod -aG docker $USER, then sign in again), or run as root.`,
        ),
      };
    case 'silent':
      return {
        note: bilingual(
          `Docker 接受连接但没有回应（${DEFAULT_ENGINE_SOCKET}），因此暂时不能安装应用。请检查或重启 Docker。`,
          `Docker accepts connections but does not answer (${DEFAULT_ENGINE_SOCKET}), so apps cannot be installed for now. Check or restart Docker.`,
        ),
      };
    case 'absent':
      return startEngine(dataDir, onStarting);
  }
}

async function startEngine(dataDir: string, onStarting: () => void): Promise<EngineStart> {
  const binary = findBinary('dockerd');
  if (!binary) {
    return {
      note: bilingual(
        '没有安装 Docker，因此不能安装应用；其余功能可用。请运行 "npm run setup"（Debian/Ubuntu 下以 root 运行），或手动安装 Docker，或用 DOCKER_HOST 指定一个引擎。',
        'Docker is not installed, so apps cannot be installed; everything else works. Run "npm run setup" (as root on Debian or Ubuntu), install Docker by hand, or name an engine in DOCKER_HOST.',
      ),
    };
  }
  if (process.getuid?.() !== 0) {
    return {
      note: bilingual(
        'Docker 没有运行，只有 root 才能启动它，因此不能安装应用；其余功能可用。请启动 Docker（sudo systemctl start docker），或用 DOCKER_HOST 指定一个引擎。',
        'Docker is not running and only root can start it, so apps cannot be installed; everything else works. Start Docker (sudo systemctl start docker) or name an engine in DOCKER_HOST.',
      ),
    };
  }
  onStarting();
  await endLeftover(dataDir, 'dockerd');
  removeStalePidFile('/var/run/docker.pid');
  const service = ChildService.start({ name: 'dockerd', command: binary, args: [], dataDir });
  try {
    await service.waitUntil(
      async () => (await probe({ socketPath: DEFAULT_ENGINE_SOCKET })) === 'answers',
      90_000,
    );
    return { note: null, stop: () => service.stop() };
  } catch {
    const reason = service.lastOutput(1).slice(-300);
    await service.stop();
    const log = logPath(dataDir, 'dockerd');
    return {
      note: bilingual(
        `Docker 启动失败，因此不能安装应用；其余功能可用。日志：${log}\n  ${reason}`,
        `Docker did not start, so apps cannot be installed; everything else works. Its log: ${log}\n  ${reason}`,
      ),
    };
  }
}

async function namedEngineNote(dockerHost: string): Promise<Bilingual | null> {
  const target = targetOf(dockerHost);
  // An engine behind TLS or ssh cannot be probed here; the server reports its state.
  if (!target || (await probe(target)) === 'answers') return null;
  return bilingual(
    `DOCKER_HOST（${dockerHost}）指定的 Docker 没有回应，因此暂时不能安装应用。`,
    `The Docker engine named in DOCKER_HOST (${dockerHost}) does not answer, so apps cannot be installed for now.`,
  );
}

function targetOf(dockerHost: string): EngineTarget | null {
  if (dockerHost.startsWith('unix://'))
    return { socketPath: dockerHost.slice('unix://'.length) || DEFAULT_ENGINE_SOCKET };
  if (dockerHost.startsWith('/')) return { socketPath: dockerHost };
  const tcp = /^(?:tcp|http):\/\/\[?([^\]/]+?)\]?(?::(\d+))?\/?$/.exec(dockerHost);
  return tcp?.[1] ? { host: tcp[1], port: Number(tcp[2] ?? 2375) } : null;
}

type EngineTarget = { socketPath: string } | { host: string; port: number };

function probe(target: EngineTarget): Promise<EngineState> {
  return new Promise((resolve) => {
    const call = request({ ...target, path: '/_ping', timeout: 3_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'answers' : 'silent');
    });
    call.on('timeout', () => {
      resolve('silent');
      call.destroy();
    });
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EACCES' || error.code === 'EPERM' ? 'no-permission' : 'absent'),
    );
    call.end();
  });
}

/** After a kill the pid file may name a reused pid; the engine would then refuse to start. */
function removeStalePidFile(path: string): void {
  if (!existsSync(path)) return;
  const pid = readFileSync(path, 'utf8').trim();
  let command = '';
  try {
    command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // No such process.
  }
  if (command !== 'dockerd') rmSync(path, { force: true });
}
