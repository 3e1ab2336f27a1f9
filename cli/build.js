// Compiles `src` to `dist`. Needs the client to be built.
'use strict';

const { execFileSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const { join } = require('node:path');

rmSync(join(__dirname, 'dist'), { recursive: true, force: true });
execFileSync(
  process.execPath,
  [require.resolve('typescript/bin/tsc'), '-p', join(__dirname, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
