import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { authorityOf, readyConnection, SYSTEM_CA } from '../../platform/database/database-address';
import { bilingual } from '../../platform/i18n/bilingual';
import { findBinary } from '../../local-services/find-binary';
import { OperatorError } from '../../platform/errors/operator-error';

/**
 * Writes the database as SQL: all tables are read in one snapshot while the server keeps writing.
 */
export async function dumpDatabase(url: string, file: string): Promise<void> {
  const program = findBinary('mariadb-dump', 'mysqldump');
  if (!program) throw missing('mariadb-dump');
  const target = createWriteStream(file, { mode: 0o600 });
  await runClient(
    program,
    url,
    [
      '--single-transaction',
      '--skip-lock-tables',
      '--hex-blob',
      '--no-tablespaces',
      '--default-character-set=utf8mb4',
    ],
    (_, output) => pipeline(output, target),
  );
  if (!(await endsWith(file, '-- Dump completed'))) {
    throw new OperatorError(
      bilingual(
        '数据库导出不完整，没有生成备份',
        'The dump of the database is incomplete; no backup was made',
      ),
    );
  }
}

/** Replaces every table of the database by the tables of the dump. */
export async function loadDatabase(url: string, file: string): Promise<void> {
  const program = findBinary('mariadb', 'mysql');
  if (!program) throw missing('mariadb');
  await dropTables(url);
  await runClient(program, url, ['--default-character-set=utf8mb4', '--batch'], (input) =>
    pipeline(createReadStream(file), input),
  );
}

async function dropTables(url: string): Promise<void> {
  const connection = await createConnection(await readyConnection(url));
  try {
    await connection.query('SET FOREIGN_KEY_CHECKS = 0');
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'`,
    );
    for (const { name } of rows) {
      await connection.query(`DROP TABLE ${connection.escapeId(String(name))}`);
    }
  } finally {
    await connection.end();
  }
}

/** Runs a database client; the password is in its environment, not in the process list. */
async function runClient(
  program: string,
  databaseUrl: string,
  options: readonly string[],
  stream: (input: Writable, output: Readable) => Promise<void>,
): Promise<void> {
  const { host, port, user, password, database } = await readyConnection(databaseUrl);
  const child = spawn(
    program,
    [
      '--no-defaults',
      `--host=${host}`,
      `--port=${port}`,
      '--protocol=TCP',
      `--user=${user}`,
      ...tlsOptions(databaseUrl),
      ...options,
      database,
    ],
    {
      env: { PATH: process.env.PATH, MYSQL_PWD: password },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const streamed = stream(child.stdin, child.stdout).catch((error: unknown) => error);
  const code = await ended;
  const broken = await streamed;
  if (code === 0 && broken === undefined) return;
  throw new OperatorError(
    bilingual(`数据库客户端出错：${output}`, `The database client failed: ${output}`),
    { cause: broken },
  );
}

function tlsOptions(databaseUrl: string): string[] {
  const ca = authorityOf(databaseUrl);
  if (ca === null) return [];
  return ca === SYSTEM_CA ? ['--ssl', '--ssl-verify-server-cert'] : [`--ssl-ca=${ca}`];
}

async function endsWith(file: string, text: string): Promise<boolean> {
  const { size } = await stat(file);
  const handle = await open(file);
  try {
    const tail = Buffer.alloc(Math.min(size, 200));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return tail.includes(text);
  } finally {
    await handle.close();
  }
}

function missing(program: string): OperatorError {
  return new OperatorError(
    bilingual(
      `找不到 ${program}。请安装 mariadb-client（npm run setup 会安装）。`,
      `${program} was not found. Install mariadb-client (npm run setup does).`,
    ),
  );
}
