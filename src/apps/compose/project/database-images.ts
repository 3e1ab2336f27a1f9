import { parseImageReference } from '../../../platform/docker/image-reference';

interface KnownDatabase {
  /** Names of it in `W9_DB_EXPOSE`. */
  readonly names: readonly string[];
  readonly image: RegExp;
  readonly port: number;
  /** Caches and search engines are databases only where the template says so. */
  readonly implied: boolean;
}

const known: readonly KnownDatabase[] = [
  {
    names: ['mysql'],
    image: /^(mysql|mysql-server|percona|percona-server)$/,
    port: 3306,
    implied: true,
  },
  { names: ['mariadb'], image: /^(mariadb|mariadb-server)$/, port: 3306, implied: true },
  {
    names: ['postgresql', 'postgres'],
    image: /^(postgres|postgresql|postgis|pgvector|pgvecto-rs|timescaledb|timescaledb-ha|citus)$/,
    port: 5432,
    implied: true,
  },
  {
    names: ['mongodb', 'mongo'],
    image: /^(mongo|mongodb|mongodb-community-server|ferretdb)$/,
    port: 27_017,
    implied: true,
  },
  {
    names: ['mssql', 'sqlserver'],
    image: /^(mssql-server-linux|mssql|azure-sql-edge)$/,
    port: 1433,
    implied: true,
  },
  { names: ['oracle'], image: /^oracle-(xe|free)$/, port: 1521, implied: true },
  { names: ['clickhouse'], image: /^clickhouse(-server)?$/, port: 9000, implied: true },
  { names: ['cassandra'], image: /^(cassandra|scylla)$/, port: 9042, implied: true },
  {
    names: ['redis'],
    image: /^(redis|redis-stack|redis-stack-server|valkey|keydb)$/,
    port: 6379,
    implied: false,
  },
  { names: ['memcached'], image: /^memcached$/, port: 11_211, implied: false },
  { names: ['elasticsearch'], image: /^(elasticsearch|opensearch)$/, port: 9200, implied: false },
  { names: ['influxdb'], image: /^influxdb$/, port: 8086, implied: false },
];

/** The usual port of a database image, e.g. 3306 for `mysql:8`; null where the image is none we know. */
export function databasePortOf(image: string): number | null {
  return find(image)?.port ?? null;
}

/** Whether a service with this image counts as the app's database by default. */
export function isDatabaseImage(image: string): boolean {
  return find(image)?.implied ?? false;
}

/** Whether an image is the database that a template calls `name` (`mysql`, `postgresql`, …). */
export function isDatabaseNamed(image: string, name: string): boolean {
  const wanted = name.trim().toLowerCase();
  const found = find(image);
  if (!found) return false;
  // MariaDB is also called by MySQL's name.
  return found.names.includes(wanted) || (wanted === 'mysql' && found.names.includes('mariadb'));
}

function find(image: string): KnownDatabase | undefined {
  const name = parseImageReference(image).name.split('/').at(-1)?.toLowerCase() ?? '';
  return known.find((database) => database.image.test(name));
}
