import { classTotals, type ScoredGroup } from './scored-group';

export interface RocPoint {
  /** Scores from here on count as HCC; null at the first point, where none does. */
  readonly threshold: number | null;
  /** Share of confirmed not HCC among them: 1 − specificity. */
  readonly falsePositiveRate: number;
  /** Share of confirmed HCC among them: sensitivity. */
  readonly truePositiveRate: number;
}

/** A step that no plot shows; bounds the curve to 401 points whatever the number of records. */
const LEAST_STEP = 1 / 200;

/**
 * The ROC curve from (0, 0) to (1, 1), one point for each threshold that changes it by at least half
 * a percent. Empty without at least one record of each class.
 */
export function rocCurve(groups: readonly ScoredGroup[]): RocPoint[] {
  const { positives, negatives } = classTotals(groups);
  if (positives === 0 || negatives === 0) return [];
  const sorted = [...groups].sort((a, b) => b.score - a.score);
  let last: RocPoint = { threshold: null, falsePositiveRate: 0, truePositiveRate: 0 };
  const points = [last];
  let truePositives = 0;
  let falsePositives = 0;
  sorted.forEach((group, i) => {
    truePositives += group.positives;
    falsePositives += group.negatives;
    if (sorted[i + 1]?.score === group.score) return;
    const point = {
      threshold: group.score,
      falsePositiveRate: falsePositives / negatives,
      truePositiveRate: truePositives / positives,
    };
    const step = Math.max(
      point.falsePositiveRate - last.falsePositiveRate,
      point.truePositiveRate - last.truePositiveRate,
    );
    if (step < LEAST_STEP && i + 1 < sorted.length) return;
    points.push(point);
    last = point;
  });
  return points;
}
