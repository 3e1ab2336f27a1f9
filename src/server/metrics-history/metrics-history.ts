import type { HostSnapshot } from '../host-metrics/host-snapshot';
import { isReadable } from '../host-metrics/disk-metrics';

/** Means over a span of time; null where nothing was known in it. */
export interface HistoryPoint {
  /** Start of the span, ms since the epoch. */
  readonly at: number;
  /** Length of the span, seconds. */
  readonly seconds: number;
  readonly cpuPercent: number | null;
  /** Maximum of the span: a mean over ten minutes would hide a short peak. */
  readonly cpuPeakPercent: number | null;
  readonly memoryPercent: number | null;
  readonly diskPercent: number | null;
  readonly load: number;
  readonly receivedPerSecond: number;
  readonly sentPerSecond: number;
}

/** Ten minutes at 5 s, three hours at 1 min, a day at 10 min: 444 points. */
const tiers = [
  { seconds: 5, points: 120 },
  { seconds: 60, points: 180 },
  { seconds: 600, points: 144 },
] as const;

const DAY_MS = 86_400_000;

/** The last 24 hours of one machine at falling resolution, in a fixed amount of memory. */
export class MetricsHistory {
  private readonly rings = tiers.map((tier) => new Ring(tier.seconds, tier.points));

  add(snapshot: HostSnapshot): void {
    const root = snapshot.disks?.find((disk) => disk.mount === '/');
    const sample: HistoryPoint = {
      at: snapshot.at.getTime(),
      seconds: 1,
      cpuPercent: snapshot.cpuPercent,
      cpuPeakPercent: snapshot.cpuPercent,
      memoryPercent: snapshot.memoryPercent,
      diskPercent: root && isReadable(root) ? root.usedPercent : null,
      load: snapshot.load[0],
      receivedPerSecond: sum(snapshot.network?.map((net) => net.receivedPerSecond) ?? []),
      sentPerSecond: sum(snapshot.network?.map((net) => net.sentPerSecond) ?? []),
    };
    for (const ring of this.rings) ring.add(sample);
  }

  /** Points since `from` (ms since the epoch), oldest first: coarse ones only where no finer ones reach. */
  since(from: number): HistoryPoint[] {
    const points: HistoryPoint[] = [];
    let finerFrom = Infinity;
    for (const ring of this.rings) {
      const older = ring.closed.filter(
        (point) => point.at >= from && point.at + point.seconds * 1000 <= finerFrom,
      );
      points.unshift(...older);
      finerFrom = Math.min(finerFrom, ring.closed[0]?.at ?? Infinity);
    }
    return points;
  }

  toJSON(): unknown {
    return this.rings.map((ring) => ring.closed);
  }

  /** Restores what an earlier process saved; anything of another form, or too old, is dropped. */
  restore(saved: unknown, now: number): void {
    if (!Array.isArray(saved)) return;
    this.rings.forEach((ring, index) => ring.restore(saved[index], now));
  }
}

class Ring {
  closed: HistoryPoint[] = [];
  private open: HistoryPoint[] = [];
  private openAt = -Infinity;

  constructor(
    private readonly seconds: number,
    private readonly length: number,
  ) {}

  add(sample: HistoryPoint): void {
    const width = this.seconds * 1000;
    const start = Math.floor(sample.at / width) * width;
    if (start !== this.openAt) {
      if (this.open.length > 0) this.close();
      this.openAt = start;
      this.open = [];
    }
    this.open.push(sample);
  }

  restore(saved: unknown, now: number): void {
    if (!Array.isArray(saved)) return;
    const oldest = now - DAY_MS;
    this.closed = saved
      .filter((point: unknown): point is HistoryPoint => isPoint(point, this.seconds))
      .filter((point) => point.at >= oldest && point.at < now)
      .slice(-this.length);
  }

  private close(): void {
    this.closed.push({
      at: this.openAt,
      seconds: this.seconds,
      cpuPercent: mean(this.open.map((s) => s.cpuPercent)),
      cpuPeakPercent: highest(this.open.map((s) => s.cpuPeakPercent)),
      memoryPercent: mean(this.open.map((s) => s.memoryPercent)),
      diskPercent: mean(this.open.map((s) => s.diskPercent)),
      load: mean(this.open.map((s) => s.load)) ?? 0,
      receivedPerSecond: Math.round(mean(this.open.map((s) => s.receivedPerSecond)) ?? 0),
      sentPerSecond: Math.round(mean(this.open.map((s) => s.sentPerSecond)) ?? 0),
    });
    if (this.closed.length > this.length) this.closed.shift();
  }
}

function isPoint(value: unknown, seconds: number): boolean {
  const point = value as Partial<HistoryPoint> | null;
  return (
    typeof point === 'object' &&
    point !== null &&
    typeof point.at === 'number' &&
    point.seconds === seconds &&
    typeof point.load === 'number'
  );
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length > 0 ? Math.round((sum(numbers) / numbers.length) * 100) / 100 : null;
}

function highest(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length > 0 ? Math.round(Math.max(...numbers) * 100) / 100 : null;
}
