import type { ColumnOptions, ValueTransformer } from 'typeorm';

const bigintAsNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** An auto-increment or foreign key: BIGINT UNSIGNED as a number (exact up to 2^53). */
export const idColumn = {
  type: 'bigint',
  unsigned: true,
  transformer: bigintAsNumber,
} as const satisfies ColumnOptions;

/** A point in time, UTC, to the millisecond. */
export const timeColumn = { type: 'datetime', precision: 3 } as const satisfies ColumnOptions;

/** Text compared byte by byte: codes, hashes, names of containers. */
export function exactText(length: number) {
  const column = { type: 'varchar', length, charset: 'ascii', collation: 'ascii_bin' } as const;
  return column satisfies ColumnOptions;
}
