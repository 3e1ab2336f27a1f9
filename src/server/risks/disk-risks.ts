import { isReadable, type DiskReading } from '../host-metrics/disk-metrics';
import { risk, type Risk } from './risk';

const FULL_PERCENT = 85;
const VERY_FULL_PERCENT = 95;

/** Disks that fill up, by space or by number of files, and disks that cannot be read. */
export function diskRisks(disks: readonly DiskReading[]): Risk[] {
  return disks.flatMap((disk) => {
    if (!isReadable(disk)) {
      return [
        risk(
          'disk-unreadable',
          disk.mount,
          `无法读取（${disk.reason}）`,
          `cannot be read (${disk.reason})`,
        ),
      ];
    }
    const found: Risk[] = [];
    if (disk.usedPercent > FULL_PERCENT) {
      const percent = Math.round(disk.usedPercent);
      found.push(
        risk(
          'disk-pressure',
          disk.mount,
          `已用 ${percent}%`,
          `${percent} % used`,
          disk.usedPercent > VERY_FULL_PERCENT ? 'high' : 'medium',
        ),
      );
    }
    if (disk.inodesUsedPercent !== null && disk.inodesUsedPercent > FULL_PERCENT) {
      const percent = Math.round(disk.inodesUsedPercent);
      found.push(
        risk(
          'inode-pressure',
          disk.mount,
          `inode 已用 ${percent}%`,
          `${percent} % of its inodes used`,
          disk.inodesUsedPercent > VERY_FULL_PERCENT ? 'high' : 'medium',
        ),
      );
    }
    return found;
  });
}
