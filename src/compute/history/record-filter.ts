import type { HistoryQueryDto } from './history.dto';

/** Rows that the total of a filter counts at most: a page of millions costs what one of thousands does. */
export const MAX_COUNTED = 20_000;

/** The condition that selects a user's records, for the columns of `compute_records`. */
export function recordFilter(
  userId: number,
  { pid, model, from, to, hcc, hcc_infer }: HistoryQueryDto,
): { readonly where: string; readonly values: (string | number)[] } {
  const conditions: [string, ...(string | number)[]][] = [['userId = ?', userId]];
  if (pid !== undefined) conditions.push(['pid = ?', pid]);
  if (model) conditions.push(['modelId = ?', model]);
  if (from) conditions.push(['createdAt >= ?', utcText(from)]);
  if (to) conditions.push(['createdAt < ?', utcText(to)]);
  if (hcc === 'none') conditions.push(['hcc IS NULL']);
  else if (hcc) conditions.push(['hcc = ?', hcc === 'true' ? 1 : 0]);
  if (hcc_infer !== undefined) conditions.push(['hccInfer = ?', hcc_infer ? 1 : 0]);
  return {
    where: conditions.map(([condition]) => condition).join(' AND '),
    values: conditions.flatMap(([, ...values]) => values),
  };
}

/** A time as the database compares it: UTC, to the millisecond. */
export function utcText(time: string): string {
  return new Date(time).toISOString().replace('T', ' ').slice(0, 23);
}
