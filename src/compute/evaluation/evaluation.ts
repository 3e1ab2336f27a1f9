import { calibrationTable, type CalibrationRow } from './calibration';
import { proportion, type Proportion } from './proportion';
import { areaUnderCurve, type AreaUnderCurve } from './roc';
import { classTotals, Z_95, type Interval, type ScoredGroup } from './scored-group';

export interface ConfusionMatrix {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

export interface BrierScore {
  readonly value: number;
  readonly interval: Interval | null;
}

export interface Evaluation {
  readonly records: number;
  readonly positives: number;
  readonly negatives: number;
  readonly confusion: ConfusionMatrix;
  readonly sensitivity: Proportion;
  readonly specificity: Proportion;
  readonly auc: AreaUnderCurve | null;
  readonly brier: BrierScore | null;
  readonly calibration: readonly CalibrationRow[];
}

/** How each interval was made; sent along with every evaluation. */
export const intervalMethods = {
  sensitivity: 'Wilson score, 95 % (Wilson 1927)',
  specificity: 'Wilson score, 95 % (Wilson 1927)',
  auc: 'DeLong, 95 % (DeLong et al. 1988); records count as independent',
  brier: 'normal approximation of the mean squared error, 95 % (Bradley et al. 2008)',
  calibration: 'Wilson score, 95 % (Wilson 1927)',
} as const;

/** Everything said about a model on confirmed records; the order of the groups does not matter. */
export function evaluate(groups: readonly ScoredGroup[]): Evaluation {
  const { positives, negatives } = classTotals(groups);
  const confusion = confusionMatrix(groups);
  return {
    records: positives + negatives,
    positives,
    negatives,
    confusion,
    sensitivity: proportion(confusion.truePositive, positives),
    specificity: proportion(confusion.trueNegative, negatives),
    auc: areaUnderCurve(groups),
    brier: brierScore(groups),
    calibration: calibrationTable(groups),
  };
}

export function confusionMatrix(groups: readonly ScoredGroup[]): ConfusionMatrix {
  const counts = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  for (const group of groups) {
    if (group.predicted) {
      counts.truePositive += group.positives;
      counts.falsePositive += group.negatives;
    } else {
      counts.falseNegative += group.positives;
      counts.trueNegative += group.negatives;
    }
  }
  return counts;
}

/**
 * Mean squared difference of probability and outcome, 0 best, with the normal interval of that mean
 * (Bradley, Schwartz and Hashino, Weather and Forecasting 2008; 23: 992-1006). Null without records.
 */
export function brierScore(groups: readonly ScoredGroup[]): BrierScore | null {
  const { positives, negatives } = classTotals(groups);
  const total = positives + negatives;
  if (total === 0) return null;
  let sum = 0;
  for (const g of groups) sum += g.positives * (1 - g.score) ** 2 + g.negatives * g.score ** 2;
  const value = sum / total;
  if (total < 2) return { value, interval: null };
  let squares = 0;
  for (const g of groups) {
    squares += g.positives * ((1 - g.score) ** 2 - value) ** 2;
    squares += g.negatives * (g.score ** 2 - value) ** 2;
  }
  const margin = Z_95 * Math.sqrt(squares / (total - 1) / total);
  return {
    value,
    interval: { low: Math.max(0, value - margin), high: Math.min(1, value + margin) },
  };
}
