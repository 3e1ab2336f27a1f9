import { busyPercent, countCores, parseCpuTimes } from './cpu-times';

const stat = (line: string): string => `${line}\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 5\n`;

describe(parseCpuTimes.name, () => {
  it('counts waiting for a disk as idle and guest time once', () => {
    expect(parseCpuTimes(stat('cpu  10 20 30 40 50 1 2 3 100 100'))).toEqual({
      busy: 66,
      total: 156,
    });
  });

  it('reads the four columns of an old kernel', () => {
    expect(parseCpuTimes('cpu 1 1 1 7\n')).toEqual({ busy: 3, total: 10 });
  });

  it.each(['', 'cpu\n', 'cpu a b c d\n', 'memory 1 2 3 4'])('returns nothing for %j', (text) =>
    expect(parseCpuTimes(text)).toBeNull(),
  );

  it('counts the cores', () => expect(countCores(stat('cpu 1 1 1 1'))).toBe(2));
});

describe(busyPercent.name, () => {
  it('is the busy share of the time between', () => {
    expect(busyPercent({ busy: 10, total: 100 }, { busy: 35, total: 200 })).toBe(25);
  });

  it('returns nothing when no time has passed', () => {
    expect(busyPercent({ busy: 1, total: 5 }, { busy: 1, total: 5 })).toBeNull();
  });

  it('stays within bounds when a counter decreases', () => {
    expect(busyPercent({ busy: 10, total: 100 }, { busy: 9, total: 110 })).toBe(0);
  });
});
