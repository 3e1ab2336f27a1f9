import type { CgroupReading } from './cgroup-limits';
import { busyPercent } from './cpu-times';
import type { DiskReading } from './disk-metrics';
import type { HostReading } from './host-reader';
import { usedMemoryPercent, type MemoryMetrics } from './memory-metrics';

export interface InterfaceRates {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Bytes a second over the last seconds. */
  readonly receivedPerSecond: number;
  readonly sentPerSecond: number;
}

/** What this process itself may use, where that is less than the machine has. */
export interface OwnLimits {
  readonly cgroupVersion: 1 | 2;
  readonly cpuCores: number | null;
  /** Of `cpuCores`, 0 to 100. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryPercent: number | null;
}

/** The metrics of the machine at one moment; percentages 0 to 100; null: could not be read. */
export interface HostSnapshot {
  readonly at: Date;
  readonly cores: number;
  readonly cpuPercent: number | null;
  readonly memoryPercent: number | null;
  readonly memory: MemoryMetrics | null;
  readonly disks: readonly DiskReading[] | null;
  readonly network: readonly InterfaceRates[] | null;
  readonly load: readonly [number, number, number];
  readonly uptimeSeconds: number;
  /** Null where this process may use the whole machine. */
  readonly limits: OwnLimits | null;
}

/** Derives metrics from two readings, a second or two apart. */
export function toSnapshot(before: HostReading, after: HostReading): HostSnapshot {
  const seconds = (after.monotonicMs - before.monotonicMs) / 1000;
  return {
    at: after.at,
    cores: after.cores,
    cpuPercent: before.cpu && after.cpu ? busyPercent(before.cpu, after.cpu) : null,
    memoryPercent: after.memory ? usedMemoryPercent(after.memory) : null,
    memory: after.memory,
    disks: after.disks,
    network: after.network ? rates(before, after, seconds) : null,
    load: after.load,
    uptimeSeconds: after.uptimeSeconds,
    limits: ownLimits(before, after, seconds),
  };
}

function rates(before: HostReading, after: HostReading, seconds: number): InterfaceRates[] {
  return (after.network ?? []).map((now) => {
    const then = before.network?.find((candidate) => candidate.name === now.name) ?? now;
    // A smaller counter belongs to an interface that was recreated.
    const perSecond = (later: number, earlier: number): number =>
      seconds > 0 ? Math.max(0, Math.round((later - earlier) / seconds)) : 0;
    return {
      ...now,
      receivedPerSecond: perSecond(now.receivedBytes, then.receivedBytes),
      sentPerSecond: perSecond(now.sentBytes, then.sentBytes),
    };
  });
}

function ownLimits(before: HostReading, after: HostReading, seconds: number): OwnLimits | null {
  const { cgroup, memory, cores } = after;
  if (!cgroup) return null;
  const memoryBytes =
    cgroup.memoryLimitBytes !== null && cgroup.memoryLimitBytes < (memory?.totalBytes ?? Infinity)
      ? cgroup.memoryLimitBytes
      : null;
  const cpuCores =
    cgroup.cpuLimitCores !== null && cgroup.cpuLimitCores < cores ? cgroup.cpuLimitCores : null;
  if (memoryBytes === null && cpuCores === null) return null;
  const used = cpuSecondsBetween(before.cgroup, cgroup);
  return {
    cgroupVersion: cgroup.version,
    cpuCores,
    cpuPercent:
      cpuCores !== null && used !== null && seconds > 0
        ? Math.min(100, (used / seconds / cpuCores) * 100)
        : null,
    memoryBytes,
    memoryUsedBytes: cgroup.memoryUsedBytes,
    memoryPercent:
      memoryBytes !== null && cgroup.memoryUsedBytes !== null
        ? (cgroup.memoryUsedBytes / memoryBytes) * 100
        : null,
  };
}

function cpuSecondsBetween(before: CgroupReading | null, after: CgroupReading): number | null {
  return before?.cpuSeconds != null && after.cpuSeconds !== null
    ? Math.max(0, after.cpuSeconds - before.cpuSeconds)
    : null;
}
