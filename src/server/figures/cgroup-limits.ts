import { posix } from 'node:path';
import type { Mount } from './mounts';

/** What the control group of this process may use, and uses. */
export interface CgroupReading {
  readonly version: 1 | 2;
  /** Bytes; null: no limit of its own. */
  readonly memoryLimitBytes: number | null;
  /** Without file cache that the kernel gives back, as `docker stats` counts; null: not known. */
  readonly memoryUsedBytes: number | null;
  /** Cores, e.g. 1.5; null: no limit of its own. */
  readonly cpuLimitCores: number | null;
  /** CPU time used so far, seconds; null: not known. */
  readonly cpuSeconds: number | null;
}

/** Reads a small file; null when there is none. */
export type ReadText = (path: string) => Promise<string | null>;

/** Version 1 writes the largest page-aligned number where there is no limit. */
const v1Unlimited = 2 ** 62;

/**
 * Finds the limits of this process in control groups of version 1, version 2, or both side by side
 * (each controller may sit in either). A limit of an outer group counts as well: the smallest holds.
 */
export async function readCgroup(
  mounts: readonly Mount[],
  procSelfCgroup: string,
  read: ReadText,
): Promise<CgroupReading | null> {
  const memory = locate('memory', mounts, procSelfCgroup);
  const cpu = locate('cpu', mounts, procSelfCgroup);
  const accounting = locate('cpuacct', mounts, procSelfCgroup) ?? cpu;
  if (!memory && !cpu) return null;
  const version = (memory ?? cpu)?.version ?? 1;
  return {
    version,
    memoryLimitBytes: memory
      ? await smallest(memory, (dir) => memoryLimit(memory, dir, read))
      : null,
    memoryUsedBytes: memory ? await memoryUsed(memory, read) : null,
    cpuLimitCores: cpu ? await smallest(cpu, (dir) => cpuLimit(cpu, dir, read)) : null,
    cpuSeconds: accounting ? await cpuSeconds(accounting, read) : null,
  };
}

interface Group {
  readonly version: 1 | 2;
  readonly folder: string;
  readonly top: string;
}

function locate(controller: string, mounts: readonly Mount[], cgroups: string): Group | null {
  const v1 = mounts.find((m) => m.type === 'cgroup' && m.options.includes(controller));
  const mount = v1 ?? mounts.find((m) => m.type === 'cgroup2');
  if (!mount) return null;
  for (const line of cgroups.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    const mine = v1 ? controllers?.split(',').includes(controller) : id === '0';
    if (!mine || !path) continue;
    const inside = posix.relative(mount.root, path);
    // A path outside the mounted part is one that this process cannot see: it sees its own group.
    const relative = inside.startsWith('..') ? '' : inside;
    return {
      version: v1 ? 1 : 2,
      folder: posix.join(mount.mountPoint, relative),
      top: mount.mountPoint,
    };
  }
  return null;
}

async function smallest(
  group: Group,
  limitOf: (folder: string) => Promise<number | null>,
): Promise<number | null> {
  let least: number | null = null;
  for (let folder = group.folder; ; folder = posix.dirname(folder)) {
    const limit = await limitOf(folder);
    if (limit !== null && (least === null || limit < least)) least = limit;
    if (folder === group.top || folder === '/') return least;
  }
}

async function memoryLimit(group: Group, folder: string, read: ReadText): Promise<number | null> {
  const name = group.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  const value = numberIn(await read(posix.join(folder, name)));
  return value !== null && value > 0 && value < v1Unlimited ? value : null;
}

async function memoryUsed(group: Group, read: ReadText): Promise<number | null> {
  const v2 = group.version === 2;
  const usage = numberIn(
    await read(posix.join(group.folder, v2 ? 'memory.current' : 'memory.usage_in_bytes')),
  );
  if (usage === null) return null;
  const stat = (await read(posix.join(group.folder, 'memory.stat'))) ?? '';
  const field = v2 ? 'inactive_file' : 'total_inactive_file';
  const cache = Number(new RegExp(`^${field} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return Math.max(0, usage - cache);
}

async function cpuLimit(group: Group, folder: string, read: ReadText): Promise<number | null> {
  if (group.version === 2) {
    const [quota, period] = ((await read(posix.join(folder, 'cpu.max'))) ?? '').trim().split(' ');
    return ratio(Number(quota), Number(period ?? 100_000));
  }
  const quota = numberIn(await read(posix.join(folder, 'cpu.cfs_quota_us')));
  const period = numberIn(await read(posix.join(folder, 'cpu.cfs_period_us')));
  return quota === null || period === null ? null : ratio(quota, period);
}

async function cpuSeconds(group: Group, read: ReadText): Promise<number | null> {
  if (group.version === 2) {
    const stat = (await read(posix.join(group.folder, 'cpu.stat'))) ?? '';
    const microseconds = /^usage_usec (\d+)$/m.exec(stat)?.[1];
    return microseconds === undefined ? null : Number(microseconds) / 1e6;
  }
  const nanoseconds = numberIn(await read(posix.join(group.folder, 'cpuacct.usage')));
  return nanoseconds === null ? null : nanoseconds / 1e9;
}

function ratio(quota: number, period: number): number | null {
  return quota > 0 && period > 0 ? quota / period : null;
}

function numberIn(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}
