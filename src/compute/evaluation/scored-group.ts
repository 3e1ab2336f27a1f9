/** Confirmed records that got the same score and the same verdict. */
export interface ScoredGroup {
  /** Predicted probability of HCC. */
  readonly score: number;
  /** The verdict: whether the score reached the model's threshold. */
  readonly predicted: boolean;
  /** How many of them are confirmed HCC, and how many confirmed not. */
  readonly positives: number;
  readonly negatives: number;
}

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % point of the standard normal distribution. */
export const Z_95 = 1.959963984540054;

export function classTotals(groups: readonly ScoredGroup[]): {
  positives: number;
  negatives: number;
} {
  let positives = 0;
  let negatives = 0;
  for (const group of groups) {
    positives += group.positives;
    negatives += group.negatives;
  }
  return { positives, negatives };
}
