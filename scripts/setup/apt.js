'use strict';

const { existsSync, rmSync, writeFileSync } = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { note, SetupError, text, withHeartbeat } = require('./console');
const { lastLines, run } = require('./run');

const policyFile = '/usr/sbin/policy-rc.d';

/** Units that a package switches on for the next boot and that would take the usual ports. */
const unitsOf = {
  'mariadb-server': 'mariadb.service',
  'redis-server': 'redis-server.service',
  'docker-registry': 'docker-registry.service',
};

/** Waits for other users of apt and retries after network errors. */
const options = [
  '-o',
  'DPkg::Lock::Timeout=300',
  '-o',
  'Acquire::Retries=3',
  '-o',
  'APT::Status-Fd=3',
];

const environment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

/** Installs packages without starting any service. Throws a SetupError that quotes apt. */
async function installWithApt(packages) {
  const forbidServices = !existsSync(policyFile);
  // Debian asks this file before a package starts its service: 101 means no.
  if (forbidServices) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const restore = () => {
    if (forbidServices) rmSync(policyFile, { force: true });
  };
  const onSignal = () => {
    restore();
    process.exit(130);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    if (!(await allKnown(packages))) await update();
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    let result = await apt(install);
    for (let attempt = 1; !result.ok && attempt <= 2; attempt++) {
      // Package lists that are older than the mirror's last change lead to files that are gone.
      note(text('安装失败，更新软件包列表后重试', 'failed; trying again with fresh package lists'));
      await run('dpkg', ['--configure', '-a'], { env: environment });
      await update();
      result = await apt(install);
    }
    if (!result.ok) throw failed(packages, result.output);
    await keepOffAtBoot(packages);
    note(`${text('已安装：', 'installed: ')}${packages.join(' ')}`);
  } finally {
    restore();
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

function failed(packages, output) {
  return new SetupError(
    text(
      `apt-get 无法安装 ${packages.join(' ')}：\n${lastLines(output)}\n请检查网络和 /etc/apt/sources.list，然后再次运行 npm run setup。`,
      `apt-get could not install ${packages.join(' ')}:\n${lastLines(output)}\nCheck the network and /etc/apt/sources.list, then run npm run setup again.`,
    ),
  );
}

async function update() {
  note('apt-get update');
  for (let attempt = 1; ; attempt++) {
    const result = await apt(['update']);
    if (result.ok) return;
    if (attempt === 3) {
      // A stale third-party source fails the update although Debian's own lists are fresh.
      note(lastLines(result.output, 3));
      return;
    }
    await delay(2_000 * attempt);
  }
}

async function allKnown(packages) {
  const { output } = await run('apt-cache', ['policy', ...packages], { env: environment });
  const candidates = [...output.matchAll(/^ {2}Candidate: (.*)$/gm)].map((match) => match[1]);
  return candidates.length === packages.length && !candidates.includes('(none)');
}

/** Runs apt-get and prints its progress in steps of a tenth. */
function apt(args) {
  let last = '';
  let latest = '';
  const onStatus = (line) => {
    const [kind, , percent, ...what] = line.split(':');
    const tenth = Math.floor(Number(percent) / 10) * 10;
    latest = `${tenth}%`;
    const label =
      kind === 'dlstatus'
        ? text('下载', 'download')
        : kind === 'pmstatus'
          ? text('安装', 'install')
          : '';
    if (!label || `${kind}${tenth}` === last) return;
    last = `${kind}${tenth}`;
    note(`${label} ${String(tenth).padStart(3)} %  ${what.join(':').slice(0, 60)}`);
  };
  return withHeartbeat(
    () => latest,
    () => run('apt-get', [...options, ...args], { env: environment, onStatus }),
  );
}

/** Private copies run on ports of their own; the system's must not start at the next boot. */
async function keepOffAtBoot(packages) {
  const units = packages.map((name) => unitsOf[name]).filter(Boolean);
  if (units.length > 0 && existsSync('/bin/systemctl'))
    await run('systemctl', ['disable', ...units]);
}

module.exports = { installWithApt };
