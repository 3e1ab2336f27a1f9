import type { Schema } from '@stackscape/client';

/**
 * The confusion matrix at a threshold, from the points of the ROC curve: the last point whose own
 * threshold is not below it. Exact where the curve has every score, else that of the nearest point.
 */
export function confusionAt(
  { roc, positives, negatives }: Schema<'ModelStatsDto'>,
  threshold: number,
): Schema<'ConfusionDto'> {
  let point = { truePositiveRate: 0, falsePositiveRate: 0 };
  for (const one of roc) if (one.threshold !== null && one.threshold >= threshold) point = one;
  const truePositive = Math.round(point.truePositiveRate * positives);
  const falsePositive = Math.round(point.falsePositiveRate * negatives);
  return {
    truePositive,
    falsePositive,
    falseNegative: positives - truePositive,
    trueNegative: negatives - falsePositive,
  };
}
