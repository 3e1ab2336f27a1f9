import { posix } from 'node:path';
import { isAnyAddress } from '../../platform/addresses/any-address';
import type { ContainerDetails } from '../../platform/docker/engine-types';
import { bilingual } from '../../platform/i18n/bilingual';
import { risk, type Risk } from './risk';

/** Ports that belong to databases and must not face the world: 3306 also as 3307 and so on. */
const databasePorts = new Set(['1433', '1521', '3306', '5432', '6379', '9200', '11211', '27017']);
const socketPaths = ['/var/run/docker.sock', '/run/docker.sock'];
/** So many starts within this time are a loop; a crash a month is not. */
const LOOP_RESTARTS = 3;
const LOOP_WINDOW_MS = 10 * 60_000;

export interface ContainerAuditOptions {
  /** Names of our own apps begin with it: their ports are published on purpose. */
  readonly ownPrefix: string;
  /** A host firewall is on, which published ports pass. */
  readonly firewallActive: boolean;
  readonly now: Date;
}

/** All that is risky about one container, running or not. */
export function containerRisks(details: ContainerDetails, options: ContainerAuditOptions): Risk[] {
  const name = details.Name.replace(/^\//, '');
  const running = details.State.Running || details.State.Restarting;
  return [
    running && publishedPorts(name, details, options),
    ...settings(name, details),
    ...condition(name, details, options.now),
  ].filter((found) => found !== null && found !== false);
}

function publishedPorts(
  name: string,
  details: ContainerDetails,
  { ownPrefix, firewallActive }: ContainerAuditOptions,
): Risk | null {
  const bindings = (details.HostConfig.PortBindings ?? {}) as Record<
    string,
    { HostIp?: string; HostPort?: string }[] | null
  >;
  const open = Object.entries(bindings).flatMap(([port, hosts]) =>
    (hosts ?? [])
      .filter((host) => isAnyAddress(host.HostIp ?? ''))
      .map((host) => ({ port, text: `${host.HostIp || '0.0.0.0'}:${host.HostPort} → ${port}` })),
  );
  if (open.length === 0) return null;
  const database = open.some(({ port }) => databasePorts.has(port.split('/')[0] ?? ''));
  const own = name.startsWith(ownPrefix);
  const list = open.map(({ text }) => text).join(', ');
  const past = firewallActive
    ? bilingual('；主机防火墙已启用，但拦不住它', '; the host firewall is on but does not stop it')
    : bilingual('', '');
  return risk(
    'port-on-all-addresses',
    name,
    `端口 ${list}${past.zh}`,
    `ports ${list}${past.en}`,
    database || (firewallActive && !own) ? 'high' : own ? 'low' : 'medium',
  );
}

function settings(
  name: string,
  { Config, HostConfig, Mounts }: ContainerDetails,
): (Risk | false)[] {
  const namespaces = [
    HostConfig.NetworkMode === 'host' && 'network',
    HostConfig.PidMode === 'host' && 'pid',
    HostConfig.IpcMode === 'host' && 'ipc',
    HostConfig.UTSMode === 'host' && 'uts',
    HostConfig.UsernsMode === 'host' && 'userns',
  ].filter(Boolean);
  const socket = (Mounts ?? []).find((mount) => holdsSocket(mount.Source));
  const user = Config.User ?? '';
  const isRoot = /^(root|0)?(:|$)/.test(user);
  const image = Config.Image;
  return [
    HostConfig.Privileged === true &&
      risk('privileged-container', name, 'privileged: true', 'privileged: true'),
    socket !== undefined &&
      risk(
        'docker-socket-mounted',
        name,
        `挂载 ${socket.Source} → ${socket.Destination}`,
        `mounts ${socket.Source} → ${socket.Destination}`,
      ),
    namespaces.length > 0 &&
      risk(
        'host-namespace',
        name,
        `使用主机的 ${namespaces.join('、')}`,
        `uses the host's ${namespaces.join(', ')}`,
      ),
    !HostConfig.Memory && risk('no-memory-limit', name, '没有内存上限', 'no memory limit'),
    isLatest(image) && risk('latest-tag', name, `镜像 ${image}`, `image ${image}`),
    isRoot &&
      !HostConfig.ReadonlyRootfs &&
      risk(
        'root-with-writable-root',
        name,
        '以 root 运行且根文件系统可写',
        'runs as root with a writable root file system',
      ),
  ];
}

function condition(name: string, details: ContainerDetails, now: Date): (Risk | false)[] {
  const { State: state, RestartCount: restarts } = details;
  const started = Date.parse(state.StartedAt);
  const justStarted = Number.isFinite(started) && now.getTime() - started < LOOP_WINDOW_MS;
  const loops = restarts >= LOOP_RESTARTS && (state.Restarting || (state.Running && justStarted));
  return [
    loops &&
      risk(
        'restart-loop',
        name,
        `已重启 ${restarts} 次，上次退出码 ${state.ExitCode}`,
        `restarted ${restarts} times, last exit code ${state.ExitCode}`,
      ),
    state.Running &&
      state.Health?.Status === 'unhealthy' &&
      risk(
        'unhealthy',
        name,
        `健康检查连续失败 ${state.Health.FailingStreak} 次`,
        `its health check failed ${state.Health.FailingStreak} times in a row`,
      ),
  ];
}

/** Whether the engine's socket lies at or below a mounted path of the machine. */
function holdsSocket(source: string | undefined): boolean {
  if (!source) return false;
  return socketPaths.some((socket) => {
    const inside = posix.relative(posix.normalize(source), socket);
    return inside === '' || !inside.startsWith('..');
  });
}

function isLatest(reference: string): boolean {
  if (reference.includes('@') || /^(sha256:)?[0-9a-f]{12,64}$/.test(reference)) return false;
  const tag = /:([^/:]+)$/.exec(reference)?.[1];
  return tag === undefined || tag === 'latest';
}
