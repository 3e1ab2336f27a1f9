/** CPU time since boot, summed over all cores, in clock ticks. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/**
 * Reads the first line of `/proc/stat`. Waiting for a disk counts as idle, as in `top`; guest time
 * is left out because the kernel has it in user time already. Null when it is not that format.
 */
export function parseCpuTimes(procStat: string): CpuTimes | null {
  const line = /^cpu +(.+)$/m.exec(procStat)?.[1];
  const ticks = line?.trim().split(/ +/).map(Number) ?? [];
  if (ticks.length < 4 || ticks.some((value) => !Number.isFinite(value))) return null;
  const total = ticks.slice(0, 8).reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: total - idle, total };
}

/** Number of cores that `/proc/stat` lists. */
export function countCores(procStat: string): number {
  return procStat.match(/^cpu\d+ /gm)?.length ?? 0;
}

/** Busy share between two readings, 0 to 100; null when no time has passed. */
export function busyPercent(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  // Idle time of a core may step back by a tick, so the share is kept inside its bounds.
  return Math.min(100, Math.max(0, ((after.busy - before.busy) / total) * 100));
}
