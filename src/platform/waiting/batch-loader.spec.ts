import { BatchLoader } from './batch-loader';

describe(BatchLoader.name, () => {
  it('reads what comes during a read together, each key once, none before its look-up', async () => {
    const batches: number[][] = [];
    let release = (): void => undefined;
    const sut = new BatchLoader<number, string>(async (keys) => {
      batches.push(keys);
      if (batches.length === 1) await new Promise<void>((resolve) => (release = resolve));
      return new Map(keys.filter((key) => key < 10).map((key) => [key, `v${key}`]));
    });
    const first = sut.load(1);
    await Promise.resolve();
    const later = [sut.load(2), sut.load(1), sut.load(2), sut.load(11)];
    release();
    expect(await first).toBe('v1');
    expect(await Promise.all(later)).toEqual(['v2', 'v1', 'v2', undefined]);
    expect(batches).toEqual([[1], [2, 1, 11]]);
  });

  it('splits what exceeds the size of a batch', async () => {
    const sizes: number[] = [];
    const sut = new BatchLoader<number, number>((keys) => {
      sizes.push(keys.length);
      return Promise.resolve(new Map(keys.map((key) => [key, key])));
    }, 3);
    const all = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((key) => sut.load(key)));
    expect(all).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('rejects the look-ups of a failed read and goes on', async () => {
    let fails = true;
    const sut = new BatchLoader<number, number>(() =>
      fails ? Promise.reject(new Error('away')) : Promise.resolve(new Map([[1, 1]])),
    );
    await expect(sut.load(1)).rejects.toThrow('away');
    fails = false;
    expect(await sut.load(1)).toBe(1);
  });
});
