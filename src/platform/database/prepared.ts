import type { Pool, RowDataPacket } from 'mysql2';
import type { DataSource } from 'typeorm';

/**
 * Runs one of few constant statements as a prepared one, on any connection of the pool: for reads
 * that many requests make. It passes by the ORM, whose own work per statement is larger than the
 * database's. BIGINT comes as text, as from `dataSource.query`.
 */
export function prepared<T>(
  dataSource: DataSource,
  sql: string,
  values: readonly (string | number)[],
): Promise<T[]> {
  const { pool } = dataSource.driver as unknown as { pool: Pool };
  dataSource.logger.logQuery(sql, [...values]);
  return new Promise((resolve, reject) => {
    pool.execute<RowDataPacket[]>(sql, [...values], (error, rows) =>
      error ? reject(error) : resolve(rows as T[]),
    );
  });
}
