// Runs a compiled program of src/commands (`node scripts/run.js start`), or says what to do first.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const file = join(root, 'dist', 'src', 'commands', `${process.argv[2]}.js`);
if (existsSync(file) && existsSync(join(root, 'node_modules'))) {
  process.argv.splice(2, 1);
  require(file);
} else {
  process.stderr.write(
    'The build is missing: run npm run setup first.\n缺少构建结果：请先运行 npm run setup。\n',
  );
  process.exitCode = 1;
}
