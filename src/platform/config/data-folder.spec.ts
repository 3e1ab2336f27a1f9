import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APPS_FOLDER, protectDataFolder } from './data-folder';

describe(protectDataFolder.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('creates a folder for its owner only', () => {
    protectDataFolder(join(folder, 'a', 'b'));
    expect(mode(join(folder, 'a', 'b'))).toBe('700');
  });

  it.each([
    ['755', '710'],
    ['777', '710'],
    ['750', '710'],
    ['710', '710'],
    ['700', '700'],
  ])('makes %s to %s', (before, after) => {
    chmodSync(folder, parseInt(before, 8));
    protectDataFolder(folder);
    expect(mode(folder)).toBe(after);
  });

  it.each(['755', '777', '710'])(
    'closes the folder of apps, %s before, to everybody else',
    (before) => {
      const apps = join(folder, APPS_FOLDER);
      mkdirSync(apps);
      chmodSync(apps, parseInt(before, 8));
      protectDataFolder(folder);
      expect(mode(apps)).toBe('700');
    },
  );
});
