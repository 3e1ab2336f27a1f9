import { fc } from '../../../test/support/fast-check';
import { areaUnderCurve } from './roc';
import { rocCurve } from './roc-curve';
import type { ScoredGroup } from './scored-group';

const group = (score: number, positives: number, negatives: number): ScoredGroup => ({
  score,
  predicted: score >= 0.5,
  positives,
  negatives,
});

describe(rocCurve.name, () => {
  it('goes from nobody to everybody, one point for each score', () => {
    expect(
      rocCurve([group(0.9, 3, 0), group(0.5, 1, 1), group(0.1, 0, 1), group(0.9, 0, 2)]),
    ).toEqual([
      { threshold: null, falsePositiveRate: 0, truePositiveRate: 0 },
      { threshold: 0.9, falsePositiveRate: 0.5, truePositiveRate: 0.75 },
      { threshold: 0.5, falsePositiveRate: 0.75, truePositiveRate: 1 },
      { threshold: 0.1, falsePositiveRate: 1, truePositiveRate: 1 },
    ]);
  });

  it('is empty without both classes', () => {
    expect(rocCurve([group(0.9, 3, 0)])).toEqual([]);
  });

  it('has the area that DeLong counts, as far as its resolution goes, in at most 401 points', () => {
    const groups = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 5_000 }), fc.nat(3), fc.nat(3))
        .map(([score, positives, negatives]) => group(score / 5_000, positives, negatives)),
      { minLength: 1, maxLength: 2_000, size: 'max' },
    );
    fc.assert(
      fc.property(groups, (all) => {
        const points = rocCurve(all);
        const area = areaUnderCurve(all);
        if (area === null) return points.length === 0;
        const trapezoids = points.slice(1).reduce((sum, to, i) => {
          const from = points[i]!;
          const width = to.falsePositiveRate - from.falsePositiveRate;
          return sum + (width * (to.truePositiveRate + from.truePositiveRate)) / 2;
        }, 0);
        return Math.abs(trapezoids - area.value) < 0.005 && points.length <= 402;
      }),
      { numRuns: 50 },
    );
  });
});
