'use strict';

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { note, SetupError, text, withHeartbeat } = require('./console');
const { lastLines, run } = require('./run');

const root = join(__dirname, '..', '..');

/**
 * Brings node_modules to the state of package-lock.json. Not `npm ci`: npm 11 refuses a correct
 * lock file when the registry lacks packages that are optional and meant for other platforms.
 */
async function installNpmPackages() {
  if (matchesLock()) {
    note(text('与 package-lock.json 一致', 'as in package-lock.json'));
    return;
  }
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  let output = '';
  for (let attempt = 1; attempt <= 3; attempt++) {
    note('npm install');
    const result = await withHeartbeat(
      () => '',
      () =>
        run(command, [...first, 'install', '--no-save', '--no-audit', '--no-fund'], { cwd: root }),
    );
    output = result.output;
    if (result.ok && matchesLock()) return;
    if (result.ok) break;
  }
  throw new SetupError(
    text(
      `npm install 失败：\n${lastLines(output)}\n请检查网络和 npm 的 registry 设置，然后再次运行 npm run setup。`,
      `npm install failed:\n${lastLines(output)}\nCheck the network and npm's registry setting, then run npm run setup again.`,
    ),
  );
}

/** Whether every package of the lock file that belongs on this platform is installed as locked. */
function matchesLock() {
  try {
    const wanted = readPackages(join(root, 'package-lock.json'));
    const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '' || entry.link) return true;
      const present = installed[path];
      if (!present)
        return entry.optional === true || entry.devOptional === true || entry.peer === true;
      return present.version === entry.version && existsSync(join(root, path, 'package.json'));
    });
  } catch {
    return false;
  }
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

module.exports = { installNpmPackages };
