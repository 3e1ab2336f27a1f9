import type { EntityManager } from 'typeorm';
import type { Statement } from './statement-batches';

/** A statement whose values are all there. */
export type BoundStatement = Required<Statement>;
export type SqlValue = string | number | boolean | Date | null;

/** Rows of one statement at most: its text is formed in one turn of the event loop. */
const MAX_ROWS = 250;

/** INSERTs with many rows each, every value bound. Table and columns come from the program, never from input. */
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
  const sql = `INSERT INTO ${table} (${columns.join(',')}) VALUES ? ${end}`;
  const statements: BoundStatement[] = [];
  for (let from = 0; from < rows.length; from += MAX_ROWS)
    statements.push({ sql, values: [rows.slice(from, from + MAX_ROWS)] });
  return statements;
}
