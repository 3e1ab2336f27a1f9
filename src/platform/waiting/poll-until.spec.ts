import { pollUntil } from './poll-until';

describe(pollUntil.name, () => {
  const polling = { deadlineMs: 30, everyMs: 1 };
  const unexpected = (): never => {
    throw new Error('timed out');
  };

  it('returns the first value that is neither null nor false', async () => {
    const values = [null, false as const, 0, 1];
    const patient = { deadlineMs: 10_000, everyMs: 1 };
    await expect(pollUntil(() => values.shift() ?? null, patient, unexpected)).resolves.toBe(0);
    expect(values).toEqual([1]);
  });

  it('rejects with what the probe throws', async () => {
    const failure = new Error('broken');
    await expect(pollUntil(() => Promise.reject(failure), polling, unexpected)).rejects.toBe(
      failure,
    );
  });

  it('settles with the result of onTimeout after the deadline', async () => {
    await expect(
      pollUntil<string>(
        () => null,
        polling,
        () => 'late',
      ),
    ).resolves.toBe('late');
    await expect(pollUntil(() => null, polling, unexpected)).rejects.toThrow('timed out');
  });
});
