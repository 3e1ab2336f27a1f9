import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { ChildService, endLeftover, logPath } from './child-service';
import { findBinary } from './find-binary';
import { findFreePort } from './free-port';
import { LocalServiceError } from './local-service.error';
import type { RunningService } from './redis';
import { storedSecret } from '../platform/secrets/stored-secret';

export const missingMariadb = {
  zh: '找不到 mariadbd。请运行 "npm run setup"（Debian/Ubuntu 下以 root 运行会自动安装），或手动安装 MariaDB 10.11 以上版本，或用 DATABASE_URL 指定已有的数据库。',
  en: 'mariadbd was not found. Run "npm run setup" (as root on Debian or Ubuntu it installs it), install MariaDB 10.11 or newer by hand, or name an existing database in DATABASE_URL.',
};

export interface MariadbOptions {
  readonly dataDir: string;
  readonly database: string;
  /** Lets the account create and drop other databases: for test runs. */
  readonly mayCreateDatabases: boolean;
  /** False trades the last second of data at a power cut for speed: for test runs. */
  readonly durable: boolean;
  readonly onInitialising: () => void;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A private MariaDB on a loopback port with its data below the data folder. As root it runs as the
 * system's `mysql` user where that user can reach the folder, else as root (a folder below /root
 * that nobody else may enter): the server refuses to run as root unless told to.
 */
export async function startMariadb(options: MariadbOptions): Promise<RunningService> {
  const binary = findBinary('mariadbd');
  if (!binary) throw new LocalServiceError(missingMariadb);
  await endLeftover(options.dataDir, 'mariadb');
  const base = join(resolve(options.dataDir), 'mariadb');
  const user = await serviceUser(base);
  const datadir = await ensureDatadir(base, user, options);
  const password = storedSecret(options.dataDir, 'mariadb-password', 24).toString('hex');
  const initFile = writeInitFile(base, user, password, options);
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(attempt === 1 ? rememberedPort(base) : undefined);
    const service = ChildService.start({
      name: 'mariadb',
      command: binary,
      args: serverArguments(datadir, initFile, port, user, options.durable),
      dataDir: options.dataDir,
      user: user ?? undefined,
      stopTimeoutMs: 60_000,
    });
    const url = `mysql://stackscape:${password}@127.0.0.1:${port}/${options.database}`;
    try {
      // Replaying the log after a crash may take a while on a slow disk.
      await service.waitUntil(() => answers(url), 180_000);
      writeFileSync(join(base, 'port'), `${port}\n`);
      return { url, stop: () => service.stop() };
    } catch (error) {
      const portTaken = service.lastOutput(20).includes("Can't start server: Bind on TCP/IP port");
      await service.stop();
      if (portTaken && attempt < 5) continue;
      throw didNotStart(options.dataDir, error);
    }
  }
}

/** Address of the private server that another process of ours runs with this data folder. */
export function runningMariadbUrl(dataDir: string, database: string): string | null {
  const port = rememberedPort(join(resolve(dataDir), 'mariadb'));
  if (port === undefined) return null;
  const password = storedSecret(dataDir, 'mariadb-password', 24).toString('hex');
  return `mysql://stackscape:${password}@127.0.0.1:${port}/${database}`;
}

function didNotStart(dataDir: string, cause: unknown): LocalServiceError {
  const log = logPath(dataDir, 'mariadb');
  return new LocalServiceError(
    {
      zh: `私有 MariaDB 没有启动成功。日志：${log}`,
      en: `The private MariaDB did not start. Its log: ${log}`,
    },
    { cause },
  );
}

/** The system's `mysql` account when we are root and it can work in `base`; null: our own account. */
async function serviceUser(base: string): Promise<User | null> {
  mkdirSync(base, { recursive: true, mode: 0o750 });
  if (process.getuid?.() !== 0) return null;
  const user = findSystemUser('mysql');
  const setpriv = findBinary('setpriv');
  if (!user || !setpriv) return null;
  chownSync(base, user.uid, user.gid);
  const reachable = await run('/', setpriv, [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    'test',
    '-x',
    base,
    '-a',
    '-w',
    base,
  ]);
  if (reachable.ok) return user;
  chownSync(base, 0, 0);
  return null;
}

function findSystemUser(name: string): User | null {
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [user, , uid, gid] = line.split(':');
      if (user === name) return { uid: Number(uid), gid: Number(gid) };
    }
  } catch {
    // No such file: not a system that we know, so stay with our own account.
  }
  return null;
}

/** Creates the system tables once. A half-made folder of an interrupted first start is made anew. */
async function ensureDatadir(
  base: string,
  user: User | null,
  options: MariadbOptions,
): Promise<string> {
  const datadir = join(base, 'data');
  if (existsSync(join(datadir, 'mysql'))) {
    if (process.getuid?.() === 0) giveTo(datadir, user ?? { uid: 0, gid: 0 });
    return datadir;
  }
  options.onInitialising();
  const installer = findBinary('mariadb-install-db');
  if (!installer) throw new LocalServiceError(missingMariadb);
  const fresh = join(base, 'data.new');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (user) chownSync(fresh, user.uid, user.gid);
  // The installer is a shell script that trips over blanks in a path: a relative one has none.
  const result = await run(base, installer, [
    '--no-defaults',
    '--datadir=./data.new',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...(process.getuid?.() === 0 ? [`--user=${user ? 'mysql' : 'root'}`] : []),
  ]);
  if (!result.ok) {
    mkdirSync(join(options.dataDir, 'logs'), { recursive: true });
    writeFileSync(logPath(options.dataDir, 'mariadb'), result.output, { flag: 'a', mode: 0o600 });
    throw didNotStart(options.dataDir, new Error(result.output.slice(-2_000)));
  }
  if (user) giveTo(fresh, user);
  renameSync(fresh, datadir);
  return datadir;
}

/** Hands the tree to another account after the folder moved or the account changed. */
function giveTo(folder: string, user: User): void {
  if (statSync(folder).uid === user.uid) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  chownSync(folder, user.uid, user.gid);
}

/**
 * The statements that the server runs before it takes the first connection, at every start: so
 * there is no moment in which the empty root password of a fresh data folder could be used.
 */
function writeInitFile(
  base: string,
  user: User | null,
  password: string,
  options: MariadbOptions,
): string {
  const path = join(base, 'init.sql');
  const accounts = ['localhost', '127.0.0.1'].map((host) => `'stackscape'@'${host}'`).join(', ');
  const identified = ['localhost', '127.0.0.1']
    .map((host) => `'stackscape'@'${host}' IDENTIFIED BY '${password}'`)
    .join(', ');
  const statements = [
    `ALTER USER IF EXISTS 'root'@'localhost' IDENTIFIED BY '${password}'`,
    `DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost')`,
    'FLUSH PRIVILEGES',
    `CREATE DATABASE IF NOT EXISTS \`${options.database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    `CREATE USER IF NOT EXISTS ${identified}`,
    `ALTER USER ${identified}`,
    `GRANT ALL PRIVILEGES ON ${options.mayCreateDatabases ? '*' : `\`${options.database}\``}.* TO ${accounts}`,
  ];
  rmSync(path, { force: true });
  writeFileSync(path, `${statements.join(';\n')};\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  if (user) chownSync(path, user.uid, user.gid);
  return path;
}

function serverArguments(
  datadir: string,
  initFile: string,
  port: number,
  user: User | null,
  durable: boolean,
): string[] {
  return [
    // The system's own configuration belongs to the system's own server.
    '--no-defaults',
    ...(user || process.getuid?.() !== 0 ? [] : ['--user=root']),
    `--datadir=${datadir}`,
    `--init-file=${initFile}`,
    // Relative to the data folder: an absolute path may pass the 107 bytes of a socket address.
    '--socket=server.sock',
    '--pid-file=server.pid',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    '--innodb-buffer-pool-size=96M',
    '--innodb-log-file-size=48M',
    '--performance-schema=OFF',
    '--max-connections=200',
    ...(durable ? [] : ['--innodb-flush-log-at-trx-commit=0']),
  ];
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: 2_000 });
    await connection.query('SELECT 1');
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

function rememberedPort(base: string): number | undefined {
  try {
    const port = Number(readFileSync(join(base, 'port'), 'utf8'));
    return Number.isInteger(port) && port > 1023 && port < 65536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function run(
  cwd: string,
  command: string,
  args: string[],
): Promise<{ ok: boolean; output: string }> {
  return new Promise((done) => {
    execFile(command, args, { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      done({ ok: error === null, output: `${stdout}${stderr}` });
    });
  });
}
