import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';

/**
 * Does the work of all processes under that name one at a time. The lock ends with its connection, thus also with a
 * process that is killed.
 * @param options.onBusy makes the error of a lock that was not free for so many seconds
 */
export async function whileLocked<T>(
  dataSource: DataSource,
  { kind, name }: { readonly kind: string; readonly name: string },
  work: () => Promise<T>,
  options: { readonly seconds: number; readonly onBusy: () => Error },
): Promise<T> {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  const lock = `stackscape-${kind}-${digest}`;
  const runner = dataSource.createQueryRunner();
  try {
    const [row] = (await runner.query('SELECT GET_LOCK(?, ?) AS ok', [lock, options.seconds])) as { ok: unknown }[]; // prettier-ignore
    if (Number(row?.ok) !== 1) throw options.onBusy();
    try {
      return await work();
    } finally {
      await runner.query('DO RELEASE_LOCK(?)', [lock]);
    }
  } finally {
    await runner.release();
  }
}
