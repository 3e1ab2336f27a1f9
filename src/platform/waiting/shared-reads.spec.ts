import { SharedReads } from './shared-reads';

/** A read that ends when it is told to, with the number of its start. */
function controlledReads() {
  const ends: (() => void)[] = [];
  const read = (): Promise<number> =>
    new Promise((resolve) => {
      const number = ends.length + 1;
      ends.push(() => resolve(number));
    });
  return { read, ends };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(SharedReads.name, () => {
  it('starts a read at once and shares the next one among all that come meanwhile', async () => {
    const sut = new SharedReads();
    const { read, ends } = controlledReads();
    const results = [1, 2, 3].map(() => sut.read('a', read));
    expect(ends).toHaveLength(1);
    ends[0]!();
    await settle();
    expect(ends).toHaveLength(2);
    ends[1]!();
    expect(await Promise.all(results)).toEqual([1, 2, 2]);
  });

  it('answers no call from a read that began before it', async () => {
    const sut = new SharedReads();
    const { read, ends } = controlledReads();
    const first = sut.read('a', read);
    ends[0]!();
    expect(await first).toBe(1);
    const second = sut.read('a', read);
    await settle();
    ends[1]!();
    expect(await second).toBe(2);
  });

  it('reads different keys side by side', () => {
    const sut = new SharedReads();
    const { read, ends } = controlledReads();
    void sut.read('a', read);
    void sut.read('b', read);
    expect(ends).toHaveLength(2);
  });

  it('goes on after a read that failed', async () => {
    const sut = new SharedReads();
    const failed = sut.read('a', () => Promise.reject(new Error('away')));
    const next = sut.read('a', () => Promise.resolve(2));
    await expect(failed).rejects.toThrow('away');
    expect(await next).toBe(2);
  });
});
