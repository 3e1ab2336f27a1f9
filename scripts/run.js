// Runs a compiled program of src/commands (`node scripts/run.js start`), or says what to do first.
'use strict';

var fs = require('fs');
var path = require('path');

require('./node-version').requireNode();

var root = path.join(__dirname, '..');
var file = path.join(root, 'dist', 'src', 'commands', process.argv[2] + '.js');
if (fs.existsSync(file) && fs.existsSync(path.join(root, 'node_modules'))) {
  process.argv.splice(2, 1);
  require(file);
} else {
  process.stderr.write('The build is missing: run npm run setup first.\n');
  process.stderr.write('缺少构建结果：请先运行 npm run setup。\n');
  process.exitCode = 1;
}
