import type { EntityManager } from 'typeorm';

export type SqlValue = string | number | boolean | Date | null;

/** One INSERT with many rows, every value bound. Table and columns come from the program, never from input. */
export async function insertRows(
  tx: EntityManager,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  end = '',
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(`INSERT INTO ${table} (${columns.join(',')}) VALUES ? ${end}`, [rows]);
}
