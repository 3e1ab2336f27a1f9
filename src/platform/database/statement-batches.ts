import { setImmediate as otherWork } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPool, type Pool, type PoolConnection, type SslOptions } from 'mysql2';
import { DataSource, type Logger } from 'typeorm';
import type { MysqlDataSourceOptions } from 'typeorm/driver/mysql/MysqlDataSourceOptions';
import { retryOnDeadlock } from './run-in-transaction';

/** One statement with its values; only the program writes the text. */
export interface Statement {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

/** Rows of a SELECT, or what a write changed. */
export type StatementResult = Record<string, unknown>[] & { readonly affectedRows?: number };

/**
 * Connections of its own: the writers that use it work one after the other or two side by side, and
 * several statements in one message are refused everywhere else.
 */
const CONNECTIONS = 4;

/**
 * Sends several statements as one message: for transactions that are written thousands of times a
 * second, where waiting for each statement's answer takes longer than the statements. The driver
 * escapes every value.
 */
@Injectable()
export class StatementBatches implements OnApplicationShutdown {
  private pool: Pool | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** The results of the statements, each of which is a transaction of its own. */
  run(statements: readonly Statement[]): Promise<StatementResult[]> {
    return retryOnDeadlock(() =>
      this.withConnection((connection) => send(connection, statements, this.dataSource.logger)),
    );
  }

  /**
   * Runs `work` in a transaction; the whole of it again after a deadlock, so it must do nothing but
   * database work. What it has not committed when it ends is rolled back.
   */
  transaction<T>(work: (tx: BatchedTransaction) => Promise<T>): Promise<T> {
    return retryOnDeadlock(() =>
      this.withConnection(async (connection) => {
        const tx = new BatchedTransaction(connection, this.dataSource.logger);
        try {
          return await work(tx);
        } finally {
          await tx.end();
        }
      }),
    );
  }

  onApplicationShutdown(): void {
    this.pool?.end(() => undefined);
  }

  private async withConnection<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.connection();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  }

  private connection(): Promise<PoolConnection> {
    this.pool ??= openPool(this.dataSource.options as MysqlDataSourceOptions);
    const { pool } = this;
    return new Promise((resolve, reject) =>
      pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection))),
    );
  }
}

/** READ COMMITTED, like every other transaction. Begins with the first statements and ends with `commit`. */
export class BatchedTransaction {
  private state: 'new' | 'open' | 'ended' = 'new';

  constructor(
    private readonly connection: PoolConnection,
    private readonly logger: Logger,
  ) {}

  async send(statements: readonly Statement[]): Promise<StatementResult[]> {
    const first = this.state === 'new' ? BEGIN : [];
    this.state = 'open';
    const results = await send(this.connection, [...first, ...statements], this.logger);
    return results.slice(first.length);
  }

  /** Runs the last statements and commits. */
  async commit(statements: readonly Statement[]): Promise<StatementResult[]> {
    const results = await this.send([...statements, { sql: 'COMMIT' }]);
    this.state = 'ended';
    return results.slice(0, -1);
  }

  /** Rolls back what was not committed. */
  async end(): Promise<void> {
    if (this.state !== 'open') return;
    this.state = 'ended';
    try {
      await send(this.connection, [{ sql: 'ROLLBACK' }], this.logger);
    } catch {
      this.connection.destroy();
    }
  }
}

/** After values of so many characters have become text, which takes some milliseconds, others have their turn. */
const LONG_TEXT = 20_000;

const BEGIN: readonly Statement[] = [
  { sql: 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED' },
  { sql: 'START TRANSACTION' },
];

async function send(
  connection: PoolConnection,
  statements: readonly Statement[],
  logger: Logger,
): Promise<StatementResult[]> {
  const texts: string[] = [];
  for (const { sql, values } of statements) {
    const text = values ? connection.format(sql, [...values]) : sql;
    texts.push(text);
    if (text.length > LONG_TEXT) await otherWork();
  }
  for (const { sql, values } of statements) logger.logQuery(sql, values && [...values]);
  return new Promise((resolve, reject) => {
    connection.query(texts.join(';\n'), (error, results) => {
      if (error) reject(error);
      else resolve((statements.length === 1 ? [results] : results) as StatementResult[]);
    });
  });
}

function openPool(options: MysqlDataSourceOptions): Pool {
  const { host, port, username, password, database } = options;
  const ssl = options.ssl as SslOptions | undefined;
  const { timezone, charset, supportBigNumbers, bigNumberStrings, connectTimeout } = options;
  return createPool({
    ...(options.extra as object),
    host,
    port,
    user: username,
    password,
    database,
    ...(ssl ? { ssl } : {}),
    timezone,
    charset,
    supportBigNumbers,
    bigNumberStrings,
    connectTimeout,
    connectionLimit: CONNECTIONS,
    multipleStatements: true,
  });
}
