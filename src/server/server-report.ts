import { bilingual, type Bilingual, type Language } from '../platform/i18n/bilingual';
import type {
  ServerRiskDto,
  ServerStateDto,
  DiskStateDto,
  EngineStateDto,
} from './server-state.dto';
import type { EngineSnapshot, EngineState } from './engine-sampler';
import { isReadable, type DiskReading } from './host-metrics/disk-metrics';
import type { HostSnapshot } from './host-metrics/host-snapshot';

const engineProblems: Readonly<Record<EngineState, Bilingual | null>> = {
  up: null,
  unknown: bilingual('尚未得到 Docker 的回应', 'Docker has not answered yet'),
  unreachable: bilingual(
    'Docker 没有运行或无法连接，容器数据不可用',
    'Docker is not running or cannot be reached, so there are no metrics of containers',
  ),
  'no-permission': bilingual(
    '没有访问 Docker 的权限，容器数据不可用',
    'no permission to use Docker, so there are no metrics of containers',
  ),
  'no-answer': bilingual(
    'Docker 没有在限时内回应，容器数据不可用',
    'Docker does not answer in time, so there are no metrics of containers',
  ),
};

/** Combines the newest metrics of machine and engine with the risks that this reader may see. */
export function toServerState(
  host: HostSnapshot,
  engine: EngineSnapshot,
  risks: { readonly open: number; readonly shown: readonly ServerRiskDto[] },
  language: Language,
): ServerStateDto {
  const root = host.disks?.find((disk) => disk.mount === '/');
  const { memory } = host;
  const { info } = engine;
  return {
    node: info && { id: info.swarm?.nodeId ?? info.id, name: info.name },
    cpu: percentText(host.cpuPercent),
    memory: percentText(host.memoryPercent),
    hdd: percentText(root && isReadable(root) ? root.usedPercent : null),
    risk: String(risks.open),
    info: unknownThings(host, engine)
      .map((text) => text[language])
      .join(language === 'zh' ? '；' : '; '),
    sampledAt: host.at.toISOString(),
    cores: host.cores,
    load: host.load.map(twoDigits),
    uptimeSeconds: host.uptimeSeconds,
    memoryDetails: memory && {
      totalBytes: memory.totalBytes,
      usedBytes: memory.totalBytes - memory.availableBytes,
      availableBytes: memory.availableBytes,
      swapTotalBytes: memory.swapTotalBytes,
      swapUsedBytes: memory.swapUsedBytes,
    },
    disks: (host.disks ?? []).map(toDiskState),
    network: (host.network ?? []).map((net) => ({
      name: net.name,
      receivedBytes: net.receivedBytes,
      sentBytes: net.sentBytes,
      receivedPerSecond: net.receivedPerSecond,
      sentPerSecond: net.sentPerSecond,
    })),
    limits: host.limits && {
      cgroupVersion: host.limits.cgroupVersion,
      cpuCores: host.limits.cpuCores,
      cpuPercent: oneDigit(host.limits.cpuPercent),
      memoryBytes: host.limits.memoryBytes,
      memoryUsedBytes: host.limits.memoryUsedBytes,
      memoryPercent: oneDigit(host.limits.memoryPercent),
    },
    docker: toEngineState(engine),
    risks: [...risks.shown],
  };
}

function unknownThings(host: HostSnapshot, engine: EngineSnapshot): Bilingual[] {
  const texts: (Bilingual | null)[] = [
    host.cpuPercent === null ? bilingual('无法读取 CPU 数据', 'CPU metrics cannot be read') : null,
    host.memory === null ? bilingual('无法读取内存数据', 'memory metrics cannot be read') : null,
    host.disks === null ? bilingual('无法读取磁盘列表', 'the list of disks cannot be read') : null,
    ...(host.disks ?? [])
      .filter((disk) => !isReadable(disk))
      .map(({ mount }) =>
        bilingual(`无法读取磁盘 ${mount}`, `the disk at ${mount} cannot be read`),
      ),
    engineProblems[engine.state],
  ];
  return texts.filter((text) => text !== null);
}

function toDiskState(disk: DiskReading): DiskStateDto {
  const metrics = isReadable(disk) ? disk : null;
  return {
    mount: disk.mount,
    device: disk.device,
    type: disk.type,
    sizeBytes: metrics?.sizeBytes ?? null,
    usedBytes: metrics?.usedBytes ?? null,
    availableBytes: metrics?.availableBytes ?? null,
    usedPercent: oneDigit(metrics?.usedPercent ?? null),
    inodesUsedPercent: oneDigit(metrics?.inodesUsedPercent ?? null),
    problem: isReadable(disk) ? null : disk.reason,
  };
}

function toEngineState(engine: EngineSnapshot): EngineStateDto {
  const up = engine.state === 'up';
  return {
    state: engine.state,
    version: engine.info?.version ?? null,
    running: up ? engine.containers.filter((c) => c.state === 'running').length : null,
    containers: up ? engine.containers.length : null,
    usage: engine.usage.map((use) => ({
      name: use.name,
      cpuPercent: oneDigit(use.cpuPercent),
      memoryBytes: use.memoryBytes,
      memoryLimitBytes: use.memoryLimitBytes,
      receivedPerSecond: whole(use.receivedPerSecond),
      sentPerSecond: whole(use.sentPerSecond),
    })),
  };
}

/** `"10%"` as in the source document; empty when it is not known. */
function percentText(percent: number | null): string {
  return percent === null ? '' : `${Math.round(percent)}%`;
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function oneDigit(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

function twoDigits(value: number): number {
  return Math.round(value * 100) / 100;
}
