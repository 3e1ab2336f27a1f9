#!/usr/bin/env node
// In old syntax, so that an old Node.js gets as far as the message.
'use strict';

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write('stackscape needs Node.js 20.19 or newer / 需要 Node.js 20.19 或更新版本\n');
  process.exit(2);
}
require('../dist/main.js');
