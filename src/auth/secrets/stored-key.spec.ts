import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedKey } from './stored-key';

describe(storedKey.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stored-key-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('generates a key of 32 bytes once and keeps it', () => {
    const key = storedKey(folder, 'a');
    expect(key).toHaveLength(32);
    expect(storedKey(folder, 'a')).toEqual(key);
    expect(storedKey(folder, 'b')).not.toEqual(key);
    expect(readdirSync(join(folder, 'secrets'))).toEqual(['a', 'b']);
  });

  it('lets only the owner read it', () => {
    storedKey(folder, 'a');
    expect(statSync(join(folder, 'secrets', 'a')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
  });

  it.each(['', 'short', 'ab'.repeat(31)])('rejects a corrupt key (%j)', (text) => {
    storedKey(folder, 'a');
    writeFileSync(join(folder, 'secrets', 'a'), text);
    expect(() => storedKey(folder, 'a')).toThrow('at least 32 bytes');
  });
});
