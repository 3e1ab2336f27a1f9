import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const MAX_FILES = 30;

describe('folders', () => {
  it.each(['src', 'scripts', 'test', 'docker', 'docs'])(
    `of %s hold at most ${MAX_FILES} files side by side`,
    (top) => {
      expect(crowded(join(ROOT, top), MAX_FILES)).toEqual([]);
    },
  );

  it('are found when they hold more', () => {
    expect(crowded(join(ROOT, 'test'), 1)).toContain(__dirname);
  });
});

/** The folders below `top`, itself included, with more than `max` files. */
function crowded(top: string, max: number): string[] {
  const entries = readdirSync(top, { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => crowded(join(top, entry.name), max));
  return entries.filter((entry) => entry.isFile()).length > max ? [top, ...below] : below;
}
