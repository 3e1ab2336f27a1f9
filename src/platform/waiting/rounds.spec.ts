import { Rounds } from './rounds';

describe(Rounds.name, () => {
  let begun: number;
  let end: (error?: Error) => void;
  let failures: unknown[];
  let sut: Rounds;
  beforeEach(() => {
    jest.useFakeTimers();
    begun = 0;
    failures = [];
    sut = new Rounds(
      () =>
        new Promise<void>((resolve, reject) => {
          begun += 1;
          end = (error) => (error ? reject(error) : resolve());
        }),
      (error) => failures.push(error),
    );
  });
  afterEach(() => jest.useRealTimers());

  it('begins one after each interval, but never a second beside it', async () => {
    sut.every(1_000);
    jest.advanceTimersByTime(3_500);
    expect(begun).toBe(1);
    const joined = sut.now();
    end();
    await joined;
    jest.advanceTimersByTime(500);
    expect(begun).toBe(2);
    end();
  });

  it('goes on after a failure and tells it', async () => {
    const first = sut.now();
    const error = new Error('away');
    end(error);
    await first;
    expect(failures).toEqual([error]);
    void sut.now();
    expect(begun).toBe(2);
    end();
  });

  it('waits for the last round when it is stopped, and begins no other', async () => {
    sut.every(1_000);
    jest.advanceTimersByTime(1_000);
    let isOver = false;
    const stopped = sut.stop().then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    end();
    await stopped;
    await sut.now();
    jest.advanceTimersByTime(5_000);
    expect(begun).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
