import { statfs, stat } from 'node:fs/promises';
import type { Mount } from './mounts';

/** One file system. */
export interface DiskMetrics {
  readonly mount: string;
  readonly device: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  /** For ordinary users: without what is kept back for root. */
  readonly availableBytes: number;
  /** As in the column Use% of `df`: of what ordinary users may fill, 0 to 100. */
  readonly usedPercent: number;
  /** Null where the file system has no fixed number of inodes. */
  readonly inodesUsedPercent: number | null;
}

/** A file system that could not be read, and why. */
export interface UnreadableDisk {
  readonly mount: string;
  readonly device: string;
  readonly type: string;
  readonly reason: 'no-permission' | 'no-answer' | 'error';
}

export type DiskReading = DiskMetrics | UnreadableDisk;

export function isReadable(disk: DiskReading): disk is DiskMetrics {
  return 'sizeBytes' in disk;
}

/** The file system that a path lies on, as far as it could be read. */
export function diskBelow(path: string, disks: readonly DiskReading[] | null): DiskMetrics | null {
  const holding = (disks ?? [])
    .filter(isReadable)
    .filter(({ mount }) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .sort((a, b) => b.mount.length - a.mount.length);
  return holding[0] ?? null;
}

/** File systems that are full by nature. */
const readOnlyImages = new Set(['squashfs', 'iso9660', 'erofs', 'udf']);
/** Types whose source is no device file. */
const withoutDevice = new Set(['zfs', 'btrfs', 'bcachefs', 'virtiofs']);

/** Where one and the same file system is mounted, the shortest mount point first. */
export type DiskMounts = readonly [Mount, ...Mount[]];

/**
 * The local file systems worth watching, each once. Network file systems are left out: one that
 * hangs would hold up the threads that read the others.
 */
export function diskMounts(mounts: readonly Mount[]): DiskMounts[] {
  const byDevice = new Map<string, [Mount, ...Mount[]]>();
  for (const mount of mounts) {
    const isRoot = mount.mountPoint === '/';
    const isDisk = mount.source.startsWith('/dev/') || withoutDevice.has(mount.type);
    if ((!isRoot && !isDisk) || readOnlyImages.has(mount.type)) continue;
    const known = byDevice.get(mount.device);
    if (known) known.push(mount);
    else byDevice.set(mount.device, [mount]);
  }
  const disks = [...byDevice.values()];
  for (const disk of disks) disk.sort((a, b) => a.mountPoint.length - b.mountPoint.length);
  return disks.sort(([a], [b]) => a.mountPoint.localeCompare(b.mountPoint));
}

/**
 * Reads one file system by the first of its mount points that is a folder: containers have single
 * files mounted. A failure is part of the answer; null: there is no folder.
 */
export async function readDisk(mounts: DiskMounts): Promise<DiskReading | null> {
  for (const mount of mounts) {
    const reading = await readMount(mount);
    if (reading) return reading;
  }
  return null;
}

/** Null for a single mounted file, and for a mount that is gone. */
async function readMount(mount: Mount): Promise<DiskReading | null> {
  const { mountPoint, source: device, type } = mount;
  try {
    if (!(await stat(mountPoint)).isDirectory()) return null;
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(mountPoint);
    const used = blocks - bfree;
    const usable = used + bavail;
    return {
      mount: mountPoint,
      device,
      type,
      sizeBytes: blocks * bsize,
      usedBytes: used * bsize,
      availableBytes: bavail * bsize,
      usedPercent: usable > 0 ? (used / usable) * 100 : 0,
      inodesUsedPercent: files > 0 ? ((files - ffree) / files) * 100 : null,
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    const reason = code === 'EACCES' || code === 'EPERM' ? 'no-permission' : 'error';
    return { mount: mountPoint, device, type, reason };
  }
}
