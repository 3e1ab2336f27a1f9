import { DataSource } from 'typeorm';
import { databaseConnection } from '../platform/database/database-address';
import { dataSourceOptions } from './data-source-options';

/**
 * Creates the database when it is missing and runs the pending migrations under a named lock, so
 * that several processes may start at once. Resolves with the names of the migrations it ran.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const dataSource = await open(databaseUrl);
  const lock = dataSource.createQueryRunner();
  try {
    const name = lockName(databaseUrl);
    const [row] = (await lock.query('SELECT GET_LOCK(?, 60) AS ok', [name])) as { ok: unknown }[];
    if (Number(row?.ok) !== 1)
      throw new Error('another process has been migrating this database for over 60 s');
    try {
      return (await dataSource.runMigrations()).map((migration) => migration.name);
    } finally {
      await lock.query('DO RELEASE_LOCK(?)', [name]);
    }
  } finally {
    await lock.release();
    await dataSource.destroy();
  }
}

function lockName(databaseUrl: string): string {
  return `stackscape-migrate-${databaseConnection(databaseUrl).database}`.slice(0, 64);
}

/** Migrations are statements: the entities are left out, their preparation takes time. */
async function open(databaseUrl: string): Promise<DataSource> {
  const options = { ...dataSourceOptions(databaseUrl), entities: [], poolSize: 4 };
  requireName(options.database);
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ER_BAD_DB_ERROR') throw error;
  }
  const server = await new DataSource({ ...options, database: undefined }).initialize();
  try {
    await server.query(
      `CREATE DATABASE IF NOT EXISTS \`${options.database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
  } finally {
    await server.destroy();
  }
  return new DataSource(options).initialize();
}

function requireName(database: string | undefined): asserts database is string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(database ?? ''))
    throw new Error('DATABASE_URL must end with the name of a database');
}
