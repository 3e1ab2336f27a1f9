// Compiles `src` twice: `dist/esm` for import, `dist/cjs` for require, each with its own types.
'use strict';

const { execFileSync } = require('node:child_process');
const { rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const tsc = require.resolve('typescript/bin/tsc');
rmSync(join(__dirname, 'dist'), { recursive: true, force: true });
const kinds = [
  ['esm', 'module', ['--module', 'es2022', '--moduleResolution', 'bundler']],
  ['cjs', 'commonjs', ['--module', 'node16', '--moduleResolution', 'node16']],
];
for (const [folder, type, options] of kinds) {
  const outDir = join(__dirname, 'dist', folder);
  execFileSync(
    process.execPath,
    [tsc, '-p', join(__dirname, 'tsconfig.build.json'), '--outDir', outDir, ...options],
    { stdio: 'inherit' },
  );
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify({ type })}\n`);
}
