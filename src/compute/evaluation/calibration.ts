import { proportion, type Proportion } from './proportion';
import type { ScoredGroup } from './scored-group';

/** Ten equal steps of the predicted probability. */
const STEPS = 10;

export interface CalibrationRow {
  /** Predicted probability from (included) and to (excluded, but 1 belongs to the last row). */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** Mean predicted probability; null in an empty row. */
  readonly predicted: number | null;
  /** Share of confirmed HCC among them. */
  readonly observed: Proportion;
}

/** What was predicted beside what was confirmed. A calibrated model has the two alike. */
export function calibrationTable(groups: readonly ScoredGroup[]): CalibrationRow[] {
  const rows = Array.from({ length: STEPS }, () => ({ sum: 0, positives: 0, records: 0 }));
  for (const group of groups) {
    const row = rows[Math.min(STEPS - 1, Math.floor(group.score * STEPS))]!;
    const records = group.positives + group.negatives;
    row.sum += group.score * records;
    row.positives += group.positives;
    row.records += records;
  }
  return rows.map((row, i) => ({
    from: i / STEPS,
    to: (i + 1) / STEPS,
    records: row.records,
    predicted: row.records === 0 ? null : row.sum / row.records,
    observed: proportion(row.positives, row.records),
  }));
}
