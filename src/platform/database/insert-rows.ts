import type { EntityManager } from 'typeorm';
import type { Statement } from './statement-batches';

/** A statement whose values are all there. */
export type BoundStatement = Required<Statement>;
export type SqlValue = string | number | boolean | Date | null;

/** One INSERT with many rows, every value bound. Table and columns come from the program, never from input. */
export async function insertRows(
  tx: EntityManager,
  ...insert: Parameters<typeof insertStatements>
): Promise<void> {
  for (const { sql, values } of insertStatements(...insert)) await tx.query(sql, [...values]);
}

/** The same to be sent with others; no statement where there are no rows. */
export function insertStatements(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  end = '',
): BoundStatement[] {
  if (rows.length === 0) return [];
  return [{ sql: `INSERT INTO ${table} (${columns.join(',')}) VALUES ? ${end}`, values: [rows] }];
}
