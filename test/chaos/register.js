// Lets a plain `node -r` run our TypeScript, for processes that a test starts and kills. What was
// transformed once is kept beside the test services' data, because such a process starts often.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const swcrcText = readFileSync(join(__dirname, '../../.swcrc'), 'utf8');
const swcrc = JSON.parse(swcrcText);
const cache = join(__dirname, '../../.data/swc');
mkdirSync(cache, { recursive: true });

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha1').update(swcrcText).update(filename).update(source).digest('hex');
  module._compile(
    readFileSync(transformed(join(cache, `${key}.js`), source, filename), 'utf8'),
    filename,
  );
};

function transformed(path, source, filename) {
  try {
    readFileSync(path);
  } catch {
    const { code } = transformSync(source, { ...swcrc, filename, swcrc: false });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, path);
  }
  return path;
}
