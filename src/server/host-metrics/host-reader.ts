import { readFileSync } from 'node:fs';
import { cpus, loadavg, uptime } from 'node:os';
import { join } from 'node:path';
import { withDeadline } from '../../platform/waiting/deadline';
import { readCgroup, type CgroupReading } from './cgroup-limits';
import { countCores, parseCpuTimes, type CpuTimes } from './cpu-times';
import { diskMounts, readDisk, type DiskMounts, type DiskReading } from './disk-metrics';
import { parseMemory, type MemoryMetrics } from './memory-metrics';
import { parseMounts, type Mount } from './mounts';
import { parseInterfaces, type InterfaceCounters } from './network-metrics';

/** Counters and gauges of one moment. Null means: could not be read. */
export interface HostReading {
  /** Milliseconds of a monotonic clock, for rates. */
  readonly monotonicMs: number;
  readonly at: Date;
  readonly cores: number;
  readonly cpu: CpuTimes | null;
  readonly memory: MemoryMetrics | null;
  readonly disks: readonly DiskReading[] | null;
  readonly network: readonly InterfaceCounters[] | null;
  readonly load: readonly [number, number, number];
  readonly uptimeSeconds: number;
  readonly cgroup: CgroupReading | null;
}

/** A disk that takes longer is reported as not answering. */
const DISK_TIMEOUT_MS = 500;
/** Mounts come and go seldom, and their list is long on a machine with many containers. */
const MOUNTS_AGE_MS = 10_000;

/** Reads the metrics of this machine from `/proc` and `/sys`; never throws. */
export class HostReader {
  private mounts: readonly Mount[] | null = null;
  private mountsReadAt = -Infinity;
  private readonly pendingDisks = new Map<string, Promise<DiskReading | null>>();

  /** @param root folder in which `proc` and `sys` are; another one than `/` for tests */
  constructor(private readonly root = '/') {}

  async read(): Promise<HostReading> {
    const monotonicMs = performance.now();
    if (monotonicMs - this.mountsReadAt > MOUNTS_AGE_MS) {
      const mountinfo = await this.text('/proc/self/mountinfo');
      this.mounts = mountinfo === null ? null : parseMounts(mountinfo);
      this.mountsReadAt = monotonicMs;
    }
    const [stat, meminfo, netDev, cgroups] = await Promise.all(
      ['/proc/stat', '/proc/meminfo', '/proc/net/dev', '/proc/self/cgroup'].map((path) =>
        this.text(path),
      ),
    );
    const [one, five, fifteen] = loadavg();
    return {
      monotonicMs,
      at: new Date(),
      cores: (stat ? countCores(stat) : 0) || cpus().length || 1,
      cpu: stat ? parseCpuTimes(stat) : null,
      memory: meminfo ? parseMemory(meminfo) : null,
      network: netDev ? parseInterfaces(netDev) : null,
      cgroup:
        this.mounts && cgroups
          ? await readCgroup(this.mounts, cgroups, (path) => this.text(path))
          : null,
      disks: this.mounts ? await this.readDisks(diskMounts(this.mounts)) : null,
      load: [one ?? 0, five ?? 0, fifteen ?? 0],
      uptimeSeconds: Math.floor(uptime()),
    };
  }

  private async readDisks(disks: readonly DiskMounts[]): Promise<DiskReading[]> {
    const readings = await Promise.all(disks.map((disk) => this.readDiskInTime(disk)));
    return readings.filter((reading) => reading !== null);
  }

  /** At most one read per disk is under way: those that hang do not pile up. */
  private readDiskInTime(disk: DiskMounts): Promise<DiskReading | null> {
    const { mountPoint, source, type } = disk[0];
    let pending = this.pendingDisks.get(mountPoint);
    if (!pending) {
      pending = readDisk(disk).finally(() => this.pendingDisks.delete(mountPoint));
      this.pendingDisks.set(mountPoint, pending);
    }
    const noAnswer = { mount: mountPoint, device: source, type, reason: 'no-answer' } as const;
    return withDeadline<DiskReading | null>(pending, DISK_TIMEOUT_MS, () => noAnswer);
  }

  /** Of `/proc` and `/sys`, which no disk stands behind: waiting for a thread would cost more than reading. */
  private text(path: string): Promise<string | null> {
    try {
      return Promise.resolve(readFileSync(join(this.root, path), 'utf8'));
    } catch {
      return Promise.resolve(null);
    }
  }
}
