// Part of `npm version`, which has set the version of the root: gives every package of the
// repository the same one, and the changes since the last release a heading.
'use strict';

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

function setVersion(root, today) {
  const { version, workspaces } = readJson(join(root, 'package.json'));
  for (const folder of workspaces) change(join(root, folder, 'package.json'), version);
  const lock = join(root, 'package-lock.json');
  if (existsSync(lock)) {
    const content = readJson(lock);
    for (const folder of workspaces) applyVersion(content.packages[folder], version);
    writeJson(lock, content);
  }
  edit(join(root, 'docker/porter/porter.yaml'), /^version: .*$/m, `version: ${version}`);
  const heading = `## [Unreleased]\n\n## [${version}] - ${today}`;
  edit(join(root, 'CHANGELOG.md'), '## [Unreleased]', heading);
}

function edit(file, search, replacement) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(search, replacement));
}

function change(file, version) {
  const content = readJson(file);
  applyVersion(content, version);
  writeJson(file, content);
}

/** Packages of the repository need each other in the same version. */
function applyVersion(entry, version) {
  entry.version = version;
  for (const needed of [entry.dependencies ?? {}, entry.devDependencies ?? {}])
    for (const name of Object.keys(needed))
      if (name.startsWith('@stackscape/')) needed[name] = version;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeJson(file, content) {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

if (require.main === module) {
  setVersion(join(__dirname, '..'), new Date().toISOString().slice(0, 10));
}
module.exports = { setVersion };
