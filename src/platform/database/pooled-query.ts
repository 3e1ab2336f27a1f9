import type { Pool, RowDataPacket } from 'mysql2';
import type { DataSource } from 'typeorm';

/**
 * A read that many requests make, straight from the pool of connections: what the ORM does around a
 * statement costs more than the statement. A list as a value fills an `IN (?)`. BIGINT comes as text,
 * as from `dataSource.query`.
 */
export function pooledQuery<T>(
  dataSource: DataSource,
  sql: string,
  values: (string | number | readonly (string | number)[])[],
): Promise<T[]> {
  const { pool } = dataSource.driver as unknown as { pool: Pool };
  dataSource.logger.logQuery(sql, values);
  return new Promise((resolve, reject) => {
    pool.query<RowDataPacket[]>(sql, values, (error, rows) =>
      error ? reject(error) : resolve(rows as T[]),
    );
  });
}
