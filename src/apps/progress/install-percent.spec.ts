import { InstallPercent } from './install-percent';

describe(InstallPercent.name, () => {
  it('counts bytes over all images while pulling', () => {
    const sut = new InstallPercent(['small', 'large']);
    sut.imageAt('small', 100, 100);
    sut.imageAt('large', 0, 900);
    expect(sut.at('pulling')).toBe(9);
    sut.imageAt('large', 50, 900);
    expect(sut.at('pulling')).toBe(42);
  });

  it('never decreases', () => {
    const sut = new InstallPercent(['a', 'b']);
    sut.imageAt('a', 100, 100);
    const before = sut.at('pulling');
    sut.imageAt('b', 0, 100_000);
    expect(sut.at('pulling')).toBe(before);
    expect(sut.at('rolling-back')).toBe(before);
  });

  it('skips the pull share when there is nothing to pull', () => {
    expect(new InstallPercent([]).at('pulling')).toBe(75);
  });

  it('reaches 100 only when running', () => {
    const sut = new InstallPercent([]);
    expect(sut.at('waiting', 1)).toBe(99);
    expect(sut.at('running')).toBe(100);
  });
});
