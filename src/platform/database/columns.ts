import type { ColumnOptions, ValueTransformer } from 'typeorm';

const bigintAsNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** An auto-increment or foreign key: BIGINT UNSIGNED as a number (exact up to 2^53). */
export const idColumn: ColumnOptions = {
  type: 'bigint',
  unsigned: true,
  transformer: bigintAsNumber,
};

/** A point in time, UTC, to the millisecond. */
export const timeColumn: ColumnOptions = { type: 'datetime', precision: 3 };

/** Text compared byte by byte: codes, hashes, names of containers. */
export function exactText(length: number): ColumnOptions {
  return { type: 'varchar', length, charset: 'ascii', collation: 'ascii_bin' };
}
