import { PullProgress, type PullLine } from './pull-progress';

const downloading = (id: string, current: number, total: number): PullLine => ({
  id,
  status: 'Downloading',
  progressDetail: { current, total },
});
const extracting = (id: string, current: number, total: number): PullLine => ({
  id,
  status: 'Extracting',
  progressDetail: { current, total },
});

describe(PullProgress.name, () => {
  let sut: PullProgress;
  beforeEach(() => (sut = new PullProgress()));

  it('counts 70 % for fetching and 30 % for unpacking, by bytes', () => {
    sut.accept(downloading('a', 100, 100));
    expect(sut.snapshot().percent).toBe(70);
    sut.accept(extracting('a', 50, 100));
    expect(sut.snapshot().percent).toBe(85);
  });

  it('weighs layers by their size', () => {
    sut.accept(downloading('small', 100, 100));
    sut.accept(downloading('large', 0, 900));
    expect(sut.snapshot()).toEqual({ percent: 7, bytesDone: 100, bytesTotal: 1000 });
  });

  it('tells how far each layer is', () => {
    sut.accept(downloading('a', 50, 100));
    sut.accept({ id: 'b', status: 'Already exists' });
    sut.accept({ id: 'c', status: 'Pulling fs layer' });
    expect(sut.layerAt('a')).toEqual({ id: 'a', percent: 35, bytesTotal: 100 });
    expect(sut.layerAt('b')).toEqual({ id: 'b', percent: 100, bytesTotal: 0 });
    expect(sut.layerAt('c')).toEqual({ id: 'c', percent: 0, bytesTotal: 0 });
    sut.accept(extracting('a', 100, 100));
    expect(sut.layerAt('a')?.percent).toBe(99);
    sut.accept({ id: 'a', status: 'Pull complete' });
    expect(sut.layerAt('a')?.percent).toBe(100);
    expect(sut.layerAt('latest')).toBeNull();
  });

  it('never decreases when another layer appears', () => {
    sut.accept(downloading('a', 90, 100));
    const before = sut.snapshot().percent;
    sut.accept(downloading('b', 0, 10_000));
    expect(sut.snapshot().percent).toBe(before);
  });

  it('stays below 100 until the stream has ended', () => {
    sut.accept(downloading('a', 1, 1));
    sut.accept({ id: 'a', status: 'Pull complete' });
    expect(sut.snapshot().percent).toBe(99);
  });

  it('estimates layers of unknown size by the mean of the others', () => {
    sut.accept({ id: 'b', status: 'Pulling fs layer' });
    sut.accept(downloading('a', 100, 100));
    expect(sut.snapshot().percent).toBe(35);
  });

  it('ignores lines that are not about a layer', () => {
    expect(sut.accept({ status: 'Pulling from library/app', id: '1.0' })).toBe(false);
    expect(sut.accept({ status: 'Digest: sha256:00' })).toBe(false);
    expect(sut.snapshot().percent).toBe(0);
  });

  it('counts as progress only what was not there before', () => {
    expect(sut.accept(downloading('a', 10, 100))).toBe(true);
    expect(sut.accept({ id: 'a', status: 'Retrying in 1 second' })).toBe(false);
    expect(sut.accept(downloading('a', 5, 100))).toBe(false);
    expect(sut.accept(downloading('a', 10, 100))).toBe(false);
    expect(sut.accept(downloading('a', 11, 100))).toBe(true);
    expect(sut.accept({ id: 'a', status: 'Waiting' })).toBe(true);
    expect(sut.accept({ id: 'a', status: 'Waiting' })).toBe(false);
  });
});
