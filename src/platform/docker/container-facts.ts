import type Dockerode from 'dockerode';
import type {
  ContainerCondition,
  ContainerEnd,
  ContainerDetails,
  ContainerState,
  ContainerStats,
  ContainerSummary,
  ContainerUsage,
  HealthState,
} from './engine-types';

const STATES: readonly string[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
];

function toState(state: string): ContainerState {
  return STATES.includes(state) ? (state as ContainerState) : 'dead';
}

/** `Up 3 minutes (healthy)`, `Up 1 second (health: starting)`: only the text carries it. */
export function healthFromStatus(status: string): HealthState {
  if (status.includes('(healthy)')) return 'healthy';
  if (status.includes('(unhealthy)')) return 'unhealthy';
  if (status.includes('(health: starting)')) return 'starting';
  return 'none';
}

/** `Exited (137) 2 seconds ago`, `Restarting (1) 4 seconds ago`. */
export function exitCodeFromStatus(status: string): number | null {
  const match = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status);
  return match ? Number(match[1]) : null;
}

export function toContainerSummary(raw: Dockerode.ContainerInfo): ContainerSummary {
  return {
    id: raw.Id,
    name: (raw.Names.find((n) => n.lastIndexOf('/') === 0) ?? raw.Names[0] ?? '').replace(
      /^\//,
      '',
    ),
    image: raw.Image,
    imageId: raw.ImageID,
    labels: raw.Labels ?? {},
    state: toState(raw.State),
    health: healthFromStatus(raw.Status),
    exitCode: exitCodeFromStatus(raw.Status),
    createdAt: new Date(raw.Created * 1000),
    ports: (raw.Ports ?? [])
      .filter((p) => Boolean(p.PublicPort))
      .map((p) => ({
        hostIp: p.IP,
        hostPort: p.PublicPort,
        containerPort: p.PrivatePort,
        protocol: p.Type === 'udp' ? ('udp' as const) : ('tcp' as const),
      })),
    networks: Object.keys(raw.NetworkSettings?.Networks ?? {}),
    volumes: (raw.Mounts ?? []).flatMap((m) => (m.Type === 'volume' && m.Name ? [m.Name] : [])),
  };
}

/** The engine writes year 1 for "never". */
function toDate(text: string | undefined): Date | null {
  if (!text || text.startsWith('0001-')) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

const PROBE_OUTPUT_KEPT = 500;
/** The engine's own, where a health check names none. */
const PROBE_RETRIES = 3;

export function toContainerCondition(raw: ContainerDetails): ContainerCondition {
  const health = raw.State.Health;
  const lastProbe = health?.Log?.at(-1)?.Output ?? '';
  return {
    id: raw.Id,
    name: raw.Name.replace(/^\//, ''),
    state: toState(raw.State.Status),
    health: !health || health.Status === 'none' ? 'none' : (health.Status as HealthState),
    exitCode: raw.State.ExitCode,
    outOfMemory: raw.State.OOMKilled,
    restartCount: raw.RestartCount,
    engineError: raw.State.Error,
    addresses: Object.values(raw.NetworkSettings.Networks ?? {})
      .map(({ IPAddress }) => IPAddress)
      .filter((address) => address !== ''),
    lastProbe: lastProbe.trim().slice(-PROBE_OUTPUT_KEPT),
    startedAt: toDate(raw.State.StartedAt),
    finishedAt: toDate(raw.State.FinishedAt),
  };
}

/**
 * How it ended. An engine calls every container unhealthy that has ended: only its probes tell whether it was so
 * before, as one does that a Swarm has asked to end for it and that ended well.
 */
export function toContainerEnd(raw: ContainerDetails): ContainerEnd {
  const { outOfMemory, lastProbe } = toContainerCondition(raw);
  const { FailingStreak: failing = 0 } = raw.State.Health ?? {};
  const { Retries = 0 } = (raw.Config.Healthcheck ?? {}) as { Retries?: number };
  return { outOfMemory, lastProbe, endedForHealth: failing >= (Retries || PROBE_RETRIES) };
}

/** The counters behind `toContainerStats`, for a caller that keeps the earlier reading itself. */
export function toContainerUsage(raw: Dockerode.ContainerStats): ContainerUsage {
  const cpu = raw.cpu_stats;
  const { memoryBytes, memoryLimitBytes, networkRxBytes, networkTxBytes } = toContainerStats(raw);
  return {
    cpuNanoseconds: cpu?.cpu_usage?.total_usage ?? 0,
    systemNanoseconds: cpu?.system_cpu_usage ?? 0,
    cores: cpu?.online_cpus || cpu?.cpu_usage?.percpu_usage?.length || 1,
    memoryBytes,
    memoryLimitBytes,
    network: raw.networks ? { received: networkRxBytes, sent: networkTxBytes } : null,
    readAtMs: Date.parse(raw.read),
  };
}

/** Same arithmetic as the `docker stats` command: two samples of CPU time, caches off memory. */
export function toContainerStats(raw: Dockerode.ContainerStats): ContainerStats {
  const cpu = raw.cpu_stats;
  const before = raw.precpu_stats;
  const used = (cpu?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const system = (cpu?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  const cores = cpu?.online_cpus || cpu?.cpu_usage?.percpu_usage?.length || 1;
  const memory = raw.memory_stats ?? {};
  const inner = (memory.stats ?? {}) as unknown as Record<string, number | undefined>;
  const cache = inner['total_inactive_file'] ?? inner['inactive_file'] ?? 0;
  const networks = Object.values(raw.networks ?? {});
  const blocks = raw.blkio_stats?.io_service_bytes_recursive ?? [];
  const blockSum = (op: string): number =>
    blocks.filter((b) => b.op.toLowerCase() === op).reduce((sum, b) => sum + b.value, 0);
  return {
    cpuPercent: system > 0 && used > 0 ? Math.round((used / system) * cores * 1000) / 10 : 0,
    memoryBytes: Math.max(0, (memory.usage ?? 0) - cache),
    memoryLimitBytes: memory.limit ?? 0,
    networkRxBytes: networks.reduce((sum, n) => sum + n.rx_bytes, 0),
    networkTxBytes: networks.reduce((sum, n) => sum + n.tx_bytes, 0),
    blockReadBytes: blockSum('read'),
    blockWriteBytes: blockSum('write'),
    pids: raw.pids_stats?.current ?? 0,
  };
}
