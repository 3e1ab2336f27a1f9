import { RememberedRead } from './remembered-read';

describe(RememberedRead.name, () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  function build() {
    const loads: ((value: number) => void)[] = [];
    const sut = new RememberedRead(() => new Promise<number>((resolve) => loads.push(resolve)));
    return { sut, loads };
  }

  it('gives at once what was read, and reads once in the background when it grows old', async () => {
    const { sut, loads } = build();
    jest.advanceTimersByTime(1);
    const first = sut.current();
    loads[0]?.(1);
    expect(await first).toBe(1);
    jest.advanceTimersByTime(600);
    expect([sut.current(), sut.current(), sut.current()]).toEqual([1, 1, 1]);
    expect(loads).toHaveLength(2);
  });

  it('does not count a read that began before a change', async () => {
    const { sut, loads } = build();
    jest.advanceTimersByTime(1);
    const early = sut.current();
    jest.advanceTimersByTime(1);
    sut.changed();
    jest.advanceTimersByTime(1);
    loads[0]?.(1);
    expect(await early).toBe(1);
    const late = sut.current();
    loads[1]?.(2);
    expect(await late).toBe(2);
  });
});
