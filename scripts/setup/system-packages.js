'use strict';

const { existsSync, readFileSync } = require('node:fs');
const { request } = require('node:http');
const { join } = require('node:path');
const { installWithApt } = require('./apt');
const { note, say, SetupError, text } = require('./console');

/**
 * What the server and its tests call. `present` looks for the program and not for the package, so
 * that another way of installing it counts as well.
 */
const needs = [
  {
    package: 'mariadb-server',
    present: () => hasProgram('mariadbd') && hasProgram('mariadb-install-db'),
    unlessNamedIn: 'DATABASE_URL',
    byHand: 'MariaDB 10.11+  (mariadbd, mariadb-install-db)',
  },
  {
    package: 'redis-server',
    present: () => hasProgram('redis-server'),
    unlessNamedIn: 'REDIS_URL',
    byHand: 'Redis 6+  (redis-server)',
  },
  {
    package: 'docker.io',
    present: async () => hasProgram('dockerd') || (await engineAnswers()),
    unlessNamedIn: 'DOCKER_HOST',
    byHand: 'Docker Engine 20.10+  (dockerd)',
  },
  {
    // An engine on a kernel with AppArmor starts no container without the parser.
    package: 'apparmor',
    present: () => !kernelHasApparmor() || hasProgram('apparmor_parser'),
    byHand: 'AppArmor  (apparmor_parser)',
  },
  {
    package: 'iptables',
    present: () => hasProgram('iptables'),
    byHand: 'iptables',
  },
  {
    package: 'restic',
    present: () => hasProgram('restic') || existsSync(process.env.RESTIC ?? ''),
    byHand: 'restic 0.14+  (restic): backups of apps',
  },
  {
    package: 'git',
    present: () => hasProgram('git'),
    byHand: 'git 2.30+  (git): stores of apps in git repositories',
  },
  {
    package: 'busybox-static',
    present: hasStaticBusybox,
    byHand: 'static busybox  (/bin/busybox): app "hello", npm test',
  },
  {
    package: 'docker-registry',
    present: () => hasProgram('docker-registry') || hasProgram('registry'),
    byHand: 'Docker registry  (docker-registry): npm test',
    optional: true,
  },
  {
    // The tests let it look at, and take down, what we installed.
    package: 'docker-compose',
    present: () => hasProgram('docker-compose'),
    byHand: 'docker-compose 1.29  (docker-compose): npm test',
    optional: true,
  },
  {
    package: 'iproute2',
    present: () => hasProgram('ip'),
    byHand: 'iproute2  (ip): npm test',
    optional: true,
  },
  {
    // A storm of faults lets clocks jump.
    package: 'faketime',
    present: () => hasProgram('faketime'),
    byHand: 'faketime  (faketime): npm test',
    optional: true,
  },
  {
    package: 'chromium',
    present: () => ['chromium', 'chromium-browser', 'google-chrome'].some(hasProgram),
    byHand: 'Chromium  (chromium): npm test',
    optional: true,
  },
];

/**
 * Installs what is missing where that is possible (apt, as root).
 *
 * @returns what is left to install by hand
 */
async function installSystemPackages() {
  const missing = [];
  for (const need of needs) {
    const named = need.unlessNamedIn && process.env[need.unlessNamedIn];
    if (!named && !(await need.present())) missing.push(need);
  }
  if (missing.length === 0) {
    note(text('都已安装', 'all present'));
    return [];
  }
  const names = missing.map((need) => need.package);
  note(`${text('缺少：', 'missing: ')}${names.join(' ')}`);
  if (!hasProgram('apt-get')) return tell(missing, null);
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (process.getuid?.() !== 0) return tell(missing, `sudo ${command}`);
  const required = missing.filter((need) => !need.optional);
  if (required.length > 0) await installWithApt(required.map((need) => need.package));
  return installOptional(missing.filter((need) => need.optional));
}

/** What only the tests need must not stop a server from being set up. */
async function installOptional(optional) {
  if (optional.length === 0) return [];
  try {
    await installWithApt(optional.map((need) => need.package));
    return [];
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    note(error.message);
    return tell(optional, null);
  }
}

function tell(missing, command) {
  say('');
  if (command) {
    note(text('不是 root，无法安装。请运行：', 'Not root, so nothing was installed. Please run:'));
    note(`  ${command}`);
  } else {
    note(text('请手动安装：', 'Please install by hand:'));
    for (const need of missing) note(`  - ${need.byHand}`);
  }
  const named = missing.map((need) => need.unlessNamedIn).filter(Boolean);
  if (named.length > 0) {
    note(
      text(
        `或者用环境变量指定已有的服务：${named.join('、')}`,
        `or name existing services in the environment: ${named.join(', ')}`,
      ),
    );
  }
  say('');
  return missing;
}

function hasProgram(name) {
  const folders = (process.env.PATH ?? '').split(':');
  return [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin'].some(
    (folder) => folder !== '' && existsSync(join(folder, name)),
  );
}

/** A busybox that loads shared libraries cannot run in an image that has none. */
function hasStaticBusybox() {
  try {
    return !readFileSync('/bin/busybox').subarray(0, 4096).includes('/ld-linux');
  } catch {
    return false;
  }
}

function kernelHasApparmor() {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}

function engineAnswers() {
  return new Promise((resolve) => {
    const call = request(
      { socketPath: '/var/run/docker.sock', path: '/_ping', timeout: 2_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

module.exports = { installSystemPackages };
