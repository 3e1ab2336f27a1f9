/** Memory of the machine, bytes. */
export interface MemoryMetrics {
  readonly totalBytes: number;
  /** What new programs can get without swapping: free memory and what the kernel can give back. */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
}

/** Reads `/proc/meminfo`; null when the two metrics that matter are not in it. */
export function parseMemory(meminfo: string): MemoryMetrics | null {
  const bytes = (name: string): number | null => {
    const kibibytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  const availableBytes = bytes('MemAvailable');
  if (totalBytes === null || availableBytes === null || totalBytes === 0) return null;
  const swapTotalBytes = bytes('SwapTotal') ?? 0;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes,
    swapUsedBytes: swapTotalBytes - (bytes('SwapFree') ?? swapTotalBytes),
  };
}

/** Used share, 0 to 100, as `free` shows it: total less available. */
export function usedMemoryPercent(memory: MemoryMetrics): number {
  return ((memory.totalBytes - memory.availableBytes) / memory.totalBytes) * 100;
}
