import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual } from '../platform/i18n/bilingual';
import { storedSecret } from '../platform/secrets/stored-secret';
import { ChildService, endLeftover, logPath } from './child-service';
import { findBinary } from './find-binary';
import { rememberedPort, startOnFreePort, type RunningService } from './port-service';

export const missingMariadb = bilingual(
  '找不到 mariadbd。请运行 "npm run setup"（Debian/Ubuntu 下以 root 运行会自动安装），或手动安装 MariaDB 10.11 以上版本，或用 DATABASE_URL 指定已有的数据库。',
  'mariadbd was not found. Run "npm run setup" (as root on Debian or Ubuntu it installs it), install MariaDB 10.11 or newer by hand, or name an existing database in DATABASE_URL.',
);

export interface MariadbOptions {
  readonly dataDir: string;
  /** Throw-away server of a test run: may create databases, and loses the last second at a power cut. */
  readonly forTests?: boolean;
  readonly onInitialising?: () => void;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const DATABASE = 'stackscape';

/**
 * A private MariaDB on a loopback port with its data below the data folder. As root it runs as the
 * system's `mysql` user when that user can reach the folder, else as root (a folder below /root).
 */
export async function startMariadb(options: MariadbOptions): Promise<RunningService> {
  const { dataDir } = options;
  const command = findBinary('mariadbd');
  if (!command) throw new OperatorError(missingMariadb);
  await endLeftover(dataDir, 'mariadb');
  const base = join(resolve(dataDir), 'mariadb');
  const user = await serviceUser(base);
  const datadir = await ensureDatadir(base, user, options);
  const password = storedSecret(dataDir, 'mariadb-password', 24).toString('hex');
  const initFile = writeInitFile(base, user, password, options);
  try {
    const { port, service } = await startOnFreePort({
      folder: base,
      start: (port) =>
        ChildService.start({
          name: 'mariadb',
          command,
          args: serverArguments(datadir, initFile, port, user, options),
          dataDir,
          user: user ?? undefined,
          stopTimeoutMs: 60_000,
        }),
      answers: (port) => mariadbAnswers(urlAt(port, password)),
      timeoutMs: 180_000, // replaying the log after a crash takes a while on a slow disk
      portTaken: "Can't start server: Bind on TCP/IP port",
    });
    return { url: urlAt(port, password), stop: () => service.stop() };
  } catch (error) {
    throw didNotStart(dataDir, error);
  }
}

/** Address of the private server that another process of ours runs with this data folder. */
export function runningMariadbUrl(dataDir: string): string | null {
  const port = rememberedPort(join(resolve(dataDir), 'mariadb'));
  return port === null
    ? null
    : urlAt(port, storedSecret(dataDir, 'mariadb-password', 24).toString('hex'));
}

export async function mariadbAnswers(url: string): Promise<boolean> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: 2_000 });
    await connection.query('SELECT 1');
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

function urlAt(port: number, password: string): string {
  return `mysql://stackscape:${password}@127.0.0.1:${port}/${DATABASE}`;
}

function didNotStart(dataDir: string, cause: unknown): OperatorError {
  const log = logPath(dataDir, 'mariadb');
  const text = bilingual(
    `私有 MariaDB 启动失败。日志：${log}`,
    `The private MariaDB did not start. Its log: ${log}`,
  );
  return new OperatorError(text, { cause });
}

/** The system's `mysql` account when we are root and it can work in `base`; null: our own account. */
async function serviceUser(base: string): Promise<User | null> {
  mkdirSync(base, { recursive: true, mode: 0o750 });
  if (process.getuid?.() !== 0) return null;
  const user = await systemUser('mysql');
  const setpriv = findBinary('setpriv');
  if (!user || !setpriv) return null;
  chownSync(base, user.uid, user.gid);
  // Others cannot enter the data folder; the user of the database passes through it.
  const dataDir = dirname(base);
  chownSync(dataDir, statSync(dataDir).uid, user.gid);
  chmodSync(dataDir, statSync(dataDir).mode | 0o010);
  const as = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const reachable = await run('/', setpriv, [...as, 'test', '-x', base, '-a', '-w', base]);
  if (reachable.ok) return user;
  chownSync(base, 0, 0);
  return null;
}

async function systemUser(name: string): Promise<User | null> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('/', 'id', [flag, name])));
  return uid?.ok && gid?.ok ? { uid: Number(uid.output), gid: Number(gid.output) } : null;
}

/** Creates the system tables once. A partial folder of an interrupted first start is created again. */
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
  options.onInitialising?.();
  const installer = findBinary('mariadb-install-db');
  if (!installer) throw new OperatorError(missingMariadb);
  const fresh = join(base, 'data.new');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (user) chownSync(fresh, user.uid, user.gid);
  // The installer is a shell script that fails on blanks in a path: a relative path has none.
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

/** Changes the owner of the tree after the folder moved or the account changed. */
function giveTo(folder: string, user: User): void {
  if (statSync(folder).uid === user.uid) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  chownSync(folder, user.uid, user.gid);
}

/**
 * The statements that the server runs at every start before it accepts connections: the empty root
 * password of a fresh data folder can never be used.
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
    `CREATE DATABASE IF NOT EXISTS \`${DATABASE}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    `CREATE USER IF NOT EXISTS ${identified}`,
    `ALTER USER ${identified}`,
    `GRANT ALL PRIVILEGES ON ${options.forTests ? '*' : `\`${DATABASE}\``}.* TO ${accounts}`,
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
  { forTests }: MariadbOptions,
): string[] {
  return [
    // The system's own configuration belongs to the system's own server.
    '--no-defaults',
    ...(user || process.getuid?.() !== 0 ? [] : ['--user=root']),
    `--datadir=${datadir}`,
    `--init-file=${initFile}`,
    ...loopbackArguments(port),
    '--default-time-zone=+00:00',
    '--innodb-buffer-pool-size=96M',
    '--innodb-log-file-size=48M',
    '--max-connections=200',
    ...(forTests ? ['--innodb-flush-log-at-trx-commit=0'] : []),
  ];
}

/** Of a server that only this machine reaches. */
export function loopbackArguments(port: number): string[] {
  return [
    // Relative to the data folder: an absolute path may pass the 107 bytes of a socket address.
    '--socket=server.sock',
    '--pid-file=server.pid',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--performance-schema=OFF',
  ];
}

function run(cwd: string, command: string, args: string[]): Promise<CommandResult> {
  return new Promise((done) => {
    execFile(command, args, { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      done({ ok: error === null, output: `${stdout}${stderr}` });
    });
  });
}

interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}
