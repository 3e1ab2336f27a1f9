'use strict';

const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { note, SetupError, text, withHeartbeat } = require('./console');
const { lastLines, run } = require('./run');

const root = join(__dirname, '..', '..');

/** What is compiled, each after those before it: `sources` and `settings` decide whether it is up to date. */
const parts = [
  {
    name: text('服务器', 'server'),
    sources: ['src', 'scripts'],
    settings: ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'ormconfig.ts'],
    command: [join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
    dist: 'dist',
    compiled: (path) => [join('dist', path)],
  },
  {
    name: 'client',
    sources: [join('client', 'src')],
    settings: ['build.js', 'package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
      join('client', name),
    ),
    command: [join('client', 'build.js')],
    dist: join('client', 'dist'),
    compiled: (path) =>
      ['cjs', 'esm'].map((kind) =>
        path.replace(join('client', 'src'), join('client', 'dist', kind)),
      ),
  },
  {
    name: 'cli',
    sources: [join('client', 'src'), join('cli', 'src')],
    settings: ['build.js', 'package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
      join('cli', name),
    ),
    command: [join('cli', 'build.js')],
    dist: join('cli', 'dist'),
    compiled: (path) =>
      path.startsWith(join('cli', 'src'))
        ? [path.replace(join('cli', 'src'), join('cli', 'dist'))]
        : [],
  },
  {
    name: text('网页', 'console'),
    sources: [join('client', 'src'), join('console', 'src')],
    settings: ['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) =>
      join('console', name),
    ),
    cwd: 'console',
    command: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build'],
    dist: join('console', 'dist'),
    compiled: () => [join('console', 'dist', 'index.html')],
  },
];

/** Compiles every part whose sources changed since its last build. */
async function build() {
  for (const part of parts) await buildPart(part);
}

async function buildPart(part) {
  const stamp = join(root, part.dist, '.built-from');
  const fingerprint = fingerprintOf(part);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint && isComplete(part)) {
    note(`${part.name}: ${text('源代码没有变化', 'sources unchanged')}`);
    return;
  }
  const [program, ...args] = part.command;
  const result = await withHeartbeat(
    () => part.name,
    () =>
      run(process.execPath, [join(root, program), ...args], { cwd: join(root, part.cwd ?? '') }),
  );
  if (!result.ok) {
    throw new SetupError(
      text(
        `构建失败（${part.name}）：\n${lastLines(result.output, 30)}`,
        `The build of ${part.name} failed:\n${lastLines(result.output, 30)}`,
      ),
    );
  }
  writeFileSync(stamp, fingerprint);
  note(`${part.name}: ${text('完成', 'done')}`);
}

/** Every source has its compiled file: part of dist may have been removed. */
function isComplete({ sources, compiled }) {
  return filesIn(sources)
    .filter((path) => /(?<!\.spec|\.d)\.ts$/.test(path))
    .flatMap((path) => compiled(path.replace(/\.ts$/, '.js')))
    .every((path) => existsSync(join(root, path)));
}

function fingerprintOf({ sources, settings }) {
  const hash = createHash('sha256');
  const paths = [...filesIn(sources), 'package-lock.json', ...settings];
  for (const path of paths.filter((path) => existsSync(join(root, path)))) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/** Paths below the root, sorted. */
function filesIn(folders) {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

module.exports = { build };
