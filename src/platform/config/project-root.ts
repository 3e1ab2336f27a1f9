import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findProjectRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${start}`);
  }
}

/** The folder of package.json, whether this file runs from `src/` (tests) or from `dist/src/`. */
export const PROJECT_ROOT = findProjectRoot(__dirname);
