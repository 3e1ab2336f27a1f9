import { posix } from 'node:path';
import type { Mount } from './mounts';

/**
 * What the control group of this process may use, and uses. Where the limit that holds belongs to an
 * outer group, what is used of it is that whole group's use.
 */
export interface CgroupReading {
  readonly version: 1 | 2;
  /** Bytes; null: no limit of its own. */
  readonly memoryLimitBytes: number | null;
  /** Without file cache that the kernel gives back, as `docker stats` counts; null: not known. */
  readonly memoryUsedBytes: number | null;
  /** Cores, e.g. 1.5; null: no limit of its own. */
  readonly cpuLimitCores: number | null;
  /** CPU time used so far by those who share the limit, seconds; null: not known. */
  readonly cpuSeconds: number | null;
}

/** Reads a small file; null when there is none. */
export type ReadText = (path: string) => Promise<string | null>;

/** Version 1 writes the largest page-aligned number where there is no limit. */
const V1_UNLIMITED = 2 ** 62;

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
  if (!memory && !cpu) return null;
  const memoryHolds = memory && (await tightest(memory, (at) => memoryLimit(at, read)));
  const cpuHolds = cpu && (await tightest(cpu, (at) => cpuLimit(at, read)));
  const accounting = cpuHolds && accountingOf(cpuHolds.group, mounts, procSelfCgroup);
  return {
    version: (memory ?? cpu)?.version ?? 1,
    memoryLimitBytes: memoryHolds?.limit ?? null,
    memoryUsedBytes: memoryHolds ? await memoryUsed(memoryHolds.group, read) : null,
    cpuLimitCores: cpuHolds?.limit ?? null,
    cpuSeconds: accounting ? await cpuSeconds(accounting, read) : null,
  };
}

interface Group {
  readonly version: 1 | 2;
  /** Its name in its hierarchy, e.g. `/docker/0123`. */
  readonly path: string;
  /** Name of the outermost group that can be seen from here, and the folder where it is mounted. */
  readonly root: string;
  readonly top: string;
}

function folderOf(group: Group): string {
  return posix.join(group.top, posix.relative(group.root, group.path));
}

function locate(controller: string, mounts: readonly Mount[], cgroups: string): Group | null {
  const v1 = mounts.find((m) => m.type === 'cgroup' && m.options.includes(controller));
  const mount = v1 ?? mounts.find((m) => m.type === 'cgroup2');
  if (!mount) return null;
  for (const line of cgroups.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    const mine = v1 ? controllers?.split(',').includes(controller) : id === '0';
    if (!mine || !path) continue;
    return {
      version: v1 ? 1 : 2,
      // A path outside the mounted part is one that this process cannot see: it sees its own group.
      path: isWithin(path, mount.root) ? path : mount.root,
      root: mount.root,
      top: mount.mountPoint,
    };
  }
  return null;
}

/**
 * The group that counts the CPU time of those who share `limited`. Version 1 has a hierarchy of its
 * own for that: only where this process sits in the same group there do the counts belong together.
 */
function accountingOf(limited: Group, mounts: readonly Mount[], cgroups: string): Group | null {
  if (limited.version === 2) return limited;
  const own = locate('cpuacct', mounts, cgroups);
  if (!own || !isWithin(own.path, limited.path) || !isWithin(limited.path, own.root)) return null;
  return { ...own, path: limited.path };
}

function isWithin(path: string, outer: string): boolean {
  return !posix.relative(outer, path).startsWith('..');
}

/** The group on the way up whose limit is the smallest; the own one where there is no limit. */
async function tightest(
  own: Group,
  limitOf: (group: Group) => Promise<number | null>,
): Promise<{ readonly group: Group; readonly limit: number | null }> {
  let holds = { group: own, limit: await limitOf(own) };
  for (let path = own.path; path !== own.root && path !== '/';) {
    path = posix.dirname(path);
    const group = { ...own, path };
    const limit = await limitOf(group);
    if (limit !== null && (holds.limit === null || limit < holds.limit)) holds = { group, limit };
  }
  return holds;
}

async function memoryLimit(group: Group, read: ReadText): Promise<number | null> {
  const name = group.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  const value = numberIn(await read(posix.join(folderOf(group), name)));
  return value !== null && value > 0 && value < V1_UNLIMITED ? value : null;
}

async function memoryUsed(group: Group, read: ReadText): Promise<number | null> {
  const v2 = group.version === 2;
  const folder = folderOf(group);
  const usage = numberIn(
    await read(posix.join(folder, v2 ? 'memory.current' : 'memory.usage_in_bytes')),
  );
  if (usage === null) return null;
  const stat = (await read(posix.join(folder, 'memory.stat'))) ?? '';
  const field = v2 ? 'inactive_file' : 'total_inactive_file';
  const cache = Number(new RegExp(`^${field} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return Math.max(0, usage - cache);
}

async function cpuLimit(group: Group, read: ReadText): Promise<number | null> {
  const folder = folderOf(group);
  if (group.version === 2) {
    const [quota, period] = ((await read(posix.join(folder, 'cpu.max'))) ?? '').trim().split(' ');
    return ratio(Number(quota), Number(period ?? 100_000));
  }
  const quota = numberIn(await read(posix.join(folder, 'cpu.cfs_quota_us')));
  const period = numberIn(await read(posix.join(folder, 'cpu.cfs_period_us')));
  return quota === null || period === null ? null : ratio(quota, period);
}

async function cpuSeconds(group: Group, read: ReadText): Promise<number | null> {
  const folder = folderOf(group);
  if (group.version === 2) {
    const stat = (await read(posix.join(folder, 'cpu.stat'))) ?? '';
    const microseconds = /^usage_usec (\d+)$/m.exec(stat)?.[1];
    return microseconds === undefined ? null : Number(microseconds) / 1e6;
  }
  const nanoseconds = numberIn(await read(posix.join(folder, 'cpuacct.usage')));
  return nanoseconds === null ? null : nanoseconds / 1e9;
}

function ratio(quota: number, period: number): number | null {
  return quota > 0 && period > 0 ? quota / period : null;
}

function numberIn(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}
