import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedSecret } from './stored-secret';

describe(storedSecret.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stored-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('generates a secret of 32 bytes once and keeps it', () => {
    const key = storedSecret(folder, 'a');
    expect(key).toHaveLength(32);
    expect(storedSecret(folder, 'a')).toEqual(key);
    expect(storedSecret(folder, 'b')).not.toEqual(key);
    expect(readdirSync(join(folder, 'secrets'))).toEqual(['a', 'b']);
  });

  it('lets only the owner read it', () => {
    storedSecret(folder, 'a');
    expect(statSync(join(folder, 'secrets', 'a')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
  });

  it.each(['', 'short', 'ab'.repeat(31)])('rejects a corrupt secret (%j)', (text) => {
    storedSecret(folder, 'a');
    writeFileSync(join(folder, 'secrets', 'a'), text);
    expect(() => storedSecret(folder, 'a')).toThrow('at least 32 bytes');
  });
});
