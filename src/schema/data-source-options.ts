import type { MysqlDataSourceOptions } from 'typeorm/driver/mysql/MysqlDataSourceOptions';
import { databaseConnection } from '../platform/database/database-address';
import { entities } from './entities';
import { migrations } from './migrations';

/**
 * Connection options shared by the server, the TypeORM command line (`ormconfig.ts`) and the tests.
 * Times are UTC on both sides of the wire, whatever the zones of the machine and of the database.
 */
export function dataSourceOptions(databaseUrl: string): MysqlDataSourceOptions {
  const { user: username, hosts, ...connection } = databaseConnection(databaseUrl);
  return {
    type: 'mysql',
    ...connection,
    username,
    entities,
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    timezone: 'Z',
    charset: 'utf8mb4_unicode_ci',
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: 5_000,
    // More do not help: two cores run about ten statements at once, the rest covers slow ones (exports,
    // statistics, training). The database of a default installation takes 150 connections, so six processes
    // fit, each with four more for `StatementBatches`.
    poolSize: 20,
    extra: {
      enableKeepAlive: true,
      idleTimeout: 60_000,
      queueLimit: 2_000,
      ...(hosts ? { stream: () => hosts.open() } : {}),
    },
  };
}
