import { checkArchitecture, checkDisk, checkMemory, isOlder } from './preflight-check';

const GIB = 1024 ** 3;

describe(checkDisk.name, () => {
  it('asks for what the app declares, and for images unpacked, whichever is more', () => {
    expect(checkDisk(2 * GIB, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('ok');
    expect(checkDisk(GIB, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('error');
    expect(checkDisk(2 * GIB, { declaredBytes: null, pullBytes: GIB }).level).toBe('error');
    expect(checkDisk(3 * GIB, { declaredBytes: null, pullBytes: GIB }).level).toBe('ok');
  });

  it('warns where the disk cannot be seen', () => {
    expect(checkDisk(null, { declaredBytes: GIB, pullBytes: 0 }).level).toBe('warning');
  });
});

describe(checkMemory.name, () => {
  it('refuses what the machine does not have and warns of what is not free', () => {
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
  ] as const)('judges %s against %j as %s', (engine, supported, level) => {
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
