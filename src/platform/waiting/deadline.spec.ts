import { withDeadline } from './deadline';

const unexpected = (): never => {
  throw new Error('timed out');
};

describe(withDeadline.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('settles as the work does and leaves no timer', async () => {
    await expect(withDeadline(Promise.resolve(1), 1_000, unexpected)).resolves.toBe(1);
    const failure = new Error('failed');
    await expect(withDeadline(Promise.reject(failure), 1_000, unexpected)).rejects.toBe(failure);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with what onTimeout throws', async () => {
    const late = withDeadline(new Promise(() => undefined), 1_000, unexpected);
    jest.advanceTimersByTime(1_000);
    await expect(late).rejects.toThrow('timed out');
  });

  it('resolves with what onTimeout returns', async () => {
    const late = withDeadline(new Promise<string>(() => undefined), 1_000, () => 'instead');
    jest.advanceTimersByTime(1_000);
    await expect(late).resolves.toBe('instead');
  });

  it('ignores a late rejection', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    let fail = (_error: Error): void => undefined;
    const work = new Promise<string>((_, reject) => (fail = reject));
    const late = withDeadline(work, 1_000, () => 'instead');
    jest.advanceTimersByTime(1_000);
    await late;
    fail(new Error('too late'));
    jest.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
