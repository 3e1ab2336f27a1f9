import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// It starts programs, which takes long on a busy machine.

const ROOT = join(__dirname, '..', '..');

/** The rules of `.dependency-cruiser.js`, tried on small source trees. */
describe('import rules', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'layers-'));
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('accept imports that go down the layers', async () => {
    plant({
      'src/auth/a.ts': `export * from '../http/b';`,
      'src/http/b.ts': `export * from '../platform/c';`,
      'src/platform/c.ts': 'export const c = 1;',
    });
    await expect(cruise()).resolves.toEqual({ failed: false, errors: [] });
  });

  it('reject planted imports against the layers, cycles and stray files', async () => {
    plant({
      'src/http/value.ts': `export * from '../auth/low';`,
      'src/http/type.ts': `import type { low } from '../auth/low';\nexport type Low = typeof low;`,
      'src/auth/low.ts': 'export const low = 1;',
      'src/users/one.ts': `import { two } from './two';\nexport const one = (): number => two();`,
      'src/users/two.ts': `import { one } from './one';\nexport const two = (): number => one();`,
      'src/audit/left/a.ts': `export * from '../right/b';`,
      'src/audit/left/c.ts': 'export const c = 1;',
      'src/audit/right/b.ts': 'export const b = 1;',
      'src/audit/right/d.ts': `export * from '../left/c';`,
      'src/misc/a.ts': `export * from '../auth/low';`,
      'src/platform/alone.ts': 'export const alone = 1;',
    });
    await expect(cruise()).resolves.toEqual({
      failed: true,
      errors: [
        'every folder has a layer: src/misc/a.ts → src/auth/low.ts',
        'file cycle: src/users/one.ts',
        'folder cycle: src/audit/left',
        'folder cycle: src/audit/right',
        'layer http: src/http/type.ts → src/auth/low.ts',
        'layer http: src/http/value.ts → src/auth/low.ts',
        'unused file: src/platform/alone.ts',
      ],
    });
  });

  it('reject planted imports that make Compose less than a package of its own', async () => {
    plant({
      'src/apps/compose/language/low.ts': `export * from '../project/p';`,
      'src/apps/compose/project/p.ts': `export * from '../composition/c';`,
      'src/apps/compose/composition/c.ts': `export * from '../../../platform/config/settings';`,
      'src/apps/compose/engine/e.ts': `export * from '../../../platform/i18n/bilingual';`,
      'src/platform/config/settings.ts': 'export const settings = 1;',
      'src/platform/i18n/bilingual.ts': 'export const bilingual = 1;',
    });
    await expect(cruise()).resolves.toEqual({
      failed: true,
      errors: [
        'compose is a package: src/apps/compose/composition/c.ts → src/platform/config/settings.ts',
        'compose layer language: src/apps/compose/language/low.ts → src/apps/compose/project/p.ts',
        'compose sibling project: src/apps/compose/project/p.ts → src/apps/compose/composition/c.ts',
      ],
    });
  });

  function plant(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), `${text}\n`);
    }
  }

  /** Runs the same command as `npm run check`; every broken rule is one line of `errors`. */
  function cruise(): Promise<{ failed: boolean; errors: string[] }> {
    const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = join(ROOT, '.dependency-cruiser.js');
    const args = [program, '--config', config, '--output-type', 'err', 'src'];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: folder }, (error, stdout) => {
        const errors = [...stdout.matchAll(/^\s+error (.+)$/gm)].map(
          (match) => match[1]?.replace(/ → $/, '') ?? '',
        );
        resolve({ failed: error !== null, errors: errors.sort() });
      });
    });
  }
});
