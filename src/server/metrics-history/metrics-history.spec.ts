import type { HostSnapshot } from '../host-metrics/host-snapshot';
import { MetricsHistory } from './metrics-history';

const start = Date.parse('2026-01-01T00:00:00Z');

function snapshot(second: number, cpuPercent: number | null): HostSnapshot {
  return {
    at: new Date(start + second * 1000),
    cores: 1,
    cpuPercent,
    memoryPercent: 50,
    memory: null,
    disks: null,
    network: [
      { name: 'eth0', receivedBytes: 0, sentBytes: 0, receivedPerSecond: 10, sentPerSecond: 20 },
    ],
    load: [1, 1, 1],
    uptimeSeconds: 1,
    limits: null,
  };
}

function filled(seconds: number): MetricsHistory {
  const sut = new MetricsHistory();
  for (let second = 0; second < seconds; second++) sut.add(snapshot(second, second % 5));
  return sut;
}

describe(MetricsHistory.name, () => {
  it('keeps the mean and the peak of each span', () => {
    expect(filled(6).since(0)).toEqual([
      {
        at: start,
        seconds: 5,
        cpuPercent: 2,
        cpuPeakPercent: 4,
        memoryPercent: 50,
        diskPercent: null,
        load: 1,
        receivedPerSecond: 10,
        sentPerSecond: 20,
      },
    ]);
  });

  it('falls in resolution with age, without gaps and without overlaps, over a whole day', () => {
    const points = filled(86_400 + 1200).since(0);
    expect(new Set(points.map((point) => point.seconds))).toEqual(new Set([5, 60, 600]));
    for (const [index, point] of points.entries()) {
      const next = points[index + 1];
      if (!next) continue;
      expect(next.at).toBeGreaterThanOrEqual(point.at + point.seconds * 1000);
      expect(next.at - (point.at + point.seconds * 1000)).toBeLessThan(600_000);
      expect(next.seconds).toBeLessThanOrEqual(point.seconds);
    }
    expect(points.at(-1)?.at).toBe(start + (86_400 + 1200 - 10) * 1000);
    expect(points[0]?.at).toBeLessThanOrEqual(start + 1200_000);
    expect(points.length).toBeLessThan(450);
  });

  it('gives only what is newer than asked', () => {
    const points = filled(100).since(start + 50_000);
    expect(points[0]?.at).toBe(start + 50_000);
  });

  it('says null for a span in which nothing was known', () => {
    const sut = new MetricsHistory();
    for (let second = 0; second < 6; second++) sut.add(snapshot(second, null));
    expect(sut.since(0)[0]).toMatchObject({ cpuPercent: null, cpuPeakPercent: null });
  });

  it('restores what an earlier process saved and ignores anything else', () => {
    const saved: unknown = JSON.parse(JSON.stringify(filled(1000)));
    const sut = new MetricsHistory();
    sut.restore(saved, start + 1_001_000);
    expect(sut.since(0)).toEqual(filled(1000).since(0));
    for (const rubbish of [null, 'x', [1, 'a'], [[{ at: 'now' }]], { length: 1 }]) {
      const other = new MetricsHistory();
      other.restore(rubbish, start);
      expect(other.since(0)).toEqual([]);
    }
    const late = new MetricsHistory();
    late.restore(saved, start + 30 * 3_600_000);
    expect(late.since(0)).toEqual([]);
  });
});
