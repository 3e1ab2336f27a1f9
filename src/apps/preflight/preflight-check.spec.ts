import { checkArchitecture, checkDisk, checkMemory, isOlder } from './preflight-check';

const GIB = 1024 ** 3;

describe(checkDisk.name, () => {
  it('requires the larger of declared space and unpacked images', () => {
    expect(checkDisk(2 * GIB, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('ok');
    expect(checkDisk(GIB, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('error');
    expect(checkDisk(2 * GIB, { declaredBytes: null, pullBytes: GIB }).level).toBe('error');
    expect(checkDisk(3 * GIB, { declaredBytes: null, pullBytes: GIB }).level).toBe('ok');
  });

  it('warns when the disk cannot be read', () => {
    expect(checkDisk(null, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('warning');
  });
});

describe(checkMemory.name, () => {
  it('fails on missing resources and warns about busy ones', () => {
    expect(checkMemory(4 * GIB, 2 * GIB, GIB).level).toBe('error');
    expect(checkMemory(GIB, 2 * GIB, GIB / 2).level).toBe('warning');
    expect(checkMemory(GIB, 2 * GIB, GIB).level).toBe('ok');
    expect(checkMemory(null, 1, 1).level).toBe('ok');
  });
});

describe(checkArchitecture.name, () => {
  it.each([
    ['x86_64', [], 'ok'],
    ['x86_64', ['amd64', 'arm64'], 'ok'],
    ['aarch64', ['arm64'], 'ok'],
    ['x86_64', ['arm64'], 'error'],
  ] as const)('compares %s with %j as %s', (engine, supported, level) => {
    expect(checkArchitecture(engine, supported).level).toBe(level);
  });
});

describe(isOlder.name, () => {
  it.each([
    ['1.40', '1.41', true],
    ['1.41', '1.41', false],
    ['1.9', '1.41', true],
    ['2.0', '1.41', false],
  ])('%s before %s: %s', (version, than, older) => expect(isOlder(version, than)).toBe(older));
});
