import type { Interval, ScoredGroup } from './scored-group';
import { classTotals, Z_95 } from './scored-group';

export interface AreaUnderCurve {
  readonly value: number;
  /** Null where DeLong's variance says nothing: under two of a class, or perfect separation. */
  readonly interval: Interval | null;
}

/**
 * Area under the ROC curve with DeLong's variance (DeLong, DeLong and Clarke-Pearson, Biometrics
 * 1988; 44: 837-845), computed on groups of equal score from their midranks (the sorting of Sun and
 * Xu, IEEE Signal Processing Letters 2014; 21: 1389-1393). The interval is AUC ± 1.96 standard
 * errors, cut at 0 and 1. Records count as independent: several of one patient make it too narrow.
 * Null without at least one record of each class.
 */
export function areaUnderCurve(groups: readonly ScoredGroup[]): AreaUnderCurve | null {
  const { positives: m, negatives: n } = classTotals(groups);
  if (m === 0 || n === 0) return null;
  const sorted = [...groups].sort((a, b) => a.score - b.score);

  const placements: { v10: number; v01: number; positives: number; negatives: number }[] = [];
  let negativesBelow = 0;
  let positivesBelow = 0;
  for (let start = 0; start < sorted.length;) {
    const score = sorted[start]!.score;
    let positives = 0;
    let negatives = 0;
    let end = start;
    for (; end < sorted.length && sorted[end]!.score === score; end++) {
      positives += sorted[end]!.positives;
      negatives += sorted[end]!.negatives;
    }
    placements.push({
      positives,
      negatives,
      v10: (negativesBelow + negatives / 2) / n,
      v01: (m - positivesBelow - positives / 2) / m,
    });
    negativesBelow += negatives;
    positivesBelow += positives;
    start = end;
  }

  let sum = 0;
  for (const p of placements) sum += p.positives * p.v10;
  const value = sum / m;
  if (m < 2 || n < 2) return { value, interval: null };
  let s10 = 0;
  let s01 = 0;
  for (const p of placements) {
    s10 += p.positives * (p.v10 - value) ** 2;
    s01 += p.negatives * (p.v01 - value) ** 2;
  }
  const variance = s10 / (m - 1) / m + s01 / (n - 1) / n;
  if (variance <= 1e-15) return { value, interval: null };
  const margin = Z_95 * Math.sqrt(variance);
  return {
    value,
    interval: { low: Math.max(0, value - margin), high: Math.min(1, value + margin) },
  };
}
