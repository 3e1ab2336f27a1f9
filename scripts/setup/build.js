'use strict';

const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { note, SetupError, text, withHeartbeat } = require('./console');
const { lastLines, run } = require('./run');

const root = join(__dirname, '..', '..');
const stamp = join(root, 'dist', '.built-from');

/** Compiles the sources unless dist was built from exactly these. */
async function build() {
  const fingerprint = fingerprintOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint && isComplete()) {
    note(text('源代码没有变化', 'sources unchanged'));
    return;
  }
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const result = await withHeartbeat(
    () => '',
    () => run(process.execPath, [nest, 'build'], { cwd: root }),
  );
  if (!result.ok) {
    throw new SetupError(
      text(
        `构建失败：\n${lastLines(result.output, 30)}`,
        `The build failed:\n${lastLines(result.output, 30)}`,
      ),
    );
  }
  writeFileSync(stamp, fingerprint);
  note(text('完成', 'done'));
}

/** Every source has its compiled file: somebody may have removed a part of dist. */
function isComplete() {
  return ['src', 'scripts'].every((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((path) => /(?<!\.spec|\.d)\.ts$/.test(path))
      .every((path) => existsSync(join(root, 'dist', folder, path.replace(/\.ts$/, '.js')))),
  );
}

function fingerprintOfSources() {
  const hash = createHash('sha256');
  const add = (path) =>
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  for (const folder of ['src', 'scripts']) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    files.sort().forEach(add);
  }
  const others = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
    'ormconfig.ts',
  ];
  others.filter((path) => existsSync(join(root, path))).forEach(add);
  return hash.digest('hex');
}

module.exports = { build };
