import { sleep } from './sleep';

describe(sleep.name, () => {
  it('resolves after the given time', async () => {
    const begun = performance.now();
    await sleep(20);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(19);
  });

  it('rejects with the reason of an abort while it waits', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const sleeping = sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('rejects with the reason of an earlier abort', async () => {
    const reason = new Error('cancelled');
    await expect(sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
