import { LruMap } from './lru-map';

describe(LruMap.name, () => {
  it('evicts the least recently used entry', () => {
    const sut = new LruMap<string, number>(2);
    sut.set('a', 1);
    sut.set('b', 2);
    sut.get('a');
    sut.set('c', 3);
    expect([sut.get('a'), sut.get('b'), sut.get('c'), sut.size]).toEqual([1, undefined, 3, 2]);
  });

  it('counts a replaced entry once', () => {
    const sut = new LruMap<string, number>(2);
    sut.set('a', 1);
    sut.set('a', 2);
    sut.set('b', 3);
    expect([sut.get('a'), sut.get('b')]).toEqual([2, 3]);
  });
});
