import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source-options';

/**
 * Creates the database when it is missing and runs the pending migrations under a named lock, so
 * that several processes may start at once. Resolves with the names of the migrations it ran.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  await createDatabase(databaseUrl);
  const dataSource = await new DataSource({
    ...dataSourceOptions(databaseUrl),
    poolSize: 4,
  }).initialize();
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
  return `stackscape-migrate-${new URL(databaseUrl).pathname.slice(1)}`.slice(0, 64);
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  const name = decodeURIComponent(url.pathname.slice(1));
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new Error('DATABASE_URL must end with the name of a database');
  const existing = new DataSource({
    ...dataSourceOptions(databaseUrl),
    entities: [],
    migrations: [],
    poolSize: 1,
  });
  try {
    await existing.initialize();
    await existing.destroy();
    return;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ER_BAD_DB_ERROR') throw error;
  }
  url.pathname = '';
  const server = await new DataSource({
    ...dataSourceOptions(url.href),
    entities: [],
    migrations: [],
    poolSize: 1,
  }).initialize();
  try {
    await server.query(
      `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
  } finally {
    await server.destroy();
  }
}
