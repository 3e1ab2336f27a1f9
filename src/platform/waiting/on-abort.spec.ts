import { onAbort } from './on-abort';
import { sleep } from './sleep';

describe(onAbort.name, () => {
  it('calls every listener that was not taken off, however many, without a warning', async () => {
    const controller = new AbortController();
    const called: number[] = [];
    const offs = Array.from({ length: 30 }, (_, i) =>
      onAbort(controller.signal, () => called.push(i)),
    );
    const sleeping = Array.from({ length: 30 }, () => sleep(60_000, controller.signal));
    for (const off of offs.slice(1)) off();
    const reason = new Error('over');
    controller.abort(reason);
    expect(called).toEqual([0]);
    const ends = await Promise.allSettled(sleeping);
    expect(ends.every((end) => end.status === 'rejected' && end.reason === reason)).toBe(true);
    // Node warns in a later turn; the environment of the tests collects it.
    await new Promise((resolve) => setImmediate(resolve));
    expect(processWarnings).toEqual([]);
  });
});
