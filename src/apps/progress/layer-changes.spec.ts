import { LayerChanges } from './layer-changes';

describe(LayerChanges.name, () => {
  const layer = (id: string, percent: number, bytesTotal = 100) => ({ id, percent, bytesTotal });

  it('gives the newest state of each layer that changed, once', () => {
    const sut = new LayerChanges();
    sut.set('app:1', layer('a', 10));
    sut.set('app:1', layer('a', 20));
    sut.set('db:1', layer('a', 5, 0));
    expect(sut.take()).toEqual([
      { image: 'app:1', layer: 'a', percent: 20, bytes: 100 },
      { image: 'db:1', layer: 'a', percent: 5, bytes: null },
    ]);
    sut.set('app:1', layer('a', 20));
    expect(sut.take()).toEqual([]);
  });

  it('gives at most a hundred at once and the others next time', () => {
    const sut = new LayerChanges();
    for (let n = 0; n < 150; n++) sut.set('app:1', layer(`l${n}`, 1));
    expect([sut.take().length, sut.take().length, sut.take().length]).toEqual([100, 50, 0]);
  });
});
