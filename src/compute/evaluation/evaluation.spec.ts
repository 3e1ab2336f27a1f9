import { fc } from '../../../test/support/fast-check';
import { calibrationTable } from './calibration';
import { brierScore, confusionMatrix, evaluate } from './evaluation';
import { proportion } from './proportion';
import { areaUnderCurve } from './roc';
import { Z_95, type ScoredGroup } from './scored-group';

const record = (score: number, hcc: boolean): ScoredGroup => ({
  score,
  predicted: score >= 0.5,
  positives: hcc ? 1 : 0,
  negatives: hcc ? 0 : 1,
});
const records = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()).map(([s, hcc]) => record(s / 20, hcc)),
  { maxLength: 60 },
);

describe(proportion.name, () => {
  // Newcombe, Statistics in Medicine 1998; 17: 857-872, table I, method 3 (score, uncorrected).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [29, 29, 0.883, 1],
  ])('of %i in %i is %d to %d', (count, total, low, high) => {
    const { interval } = proportion(count, total);
    expect(interval!.low).toBeCloseTo(low, 4);
    expect(interval!.high).toBeCloseTo(high, 4);
  });
  it('is unknown, not 0, without records', () => {
    expect(proportion(0, 0)).toMatchObject({ value: null, interval: null });
  });
});

describe(areaUnderCurve.name, () => {
  it('is the share of pairs in the right order, ties counted half', () => {
    fc.assert(
      fc.property(records, (groups) => {
        const positives = groups.filter((g) => g.positives);
        const negatives = groups.filter((g) => g.negatives);
        const area = areaUnderCurve(groups);
        if (!positives.length || !negatives.length) return area === null;
        let won = 0;
        for (const p of positives) {
          for (const n of negatives) won += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
        }
        return Math.abs(area!.value - won / positives.length / negatives.length) < 1e-12;
      }),
    );
  });

  it('has the variance of DeLong, as its definition over all pairs gives it', () => {
    fc.assert(
      fc.property(records, (groups) => {
        const x = groups.filter((g) => g.positives).map((g) => g.score);
        const y = groups.filter((g) => g.negatives).map((g) => g.score);
        fc.pre(x.length > 1 && y.length > 1);
        const psi = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
        const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
        const variance = (v: number[]): number =>
          v.reduce((s, a) => s + (a - mean(v)) ** 2, 0) / (v.length - 1);
        const v10 = x.map((a) => mean(y.map((b) => psi(a, b))));
        const v01 = y.map((b) => mean(x.map((a) => psi(a, b))));
        const expected = variance(v10) / x.length + variance(v01) / y.length;
        const { value, interval } = areaUnderCurve(groups)!;
        if (interval === null) return expected < 1e-12;
        const low = Math.max(0, value - Z_95 * Math.sqrt(expected));
        return Math.abs(interval.low - low) < 1e-9 && interval.high >= value;
      }),
    );
  });

  it('gives no interval for perfect separation, where the variance would claim certainty', () => {
    const groups = [record(0.9, true), record(0.8, true), record(0.1, false), record(0.2, false)];
    expect(areaUnderCurve(groups)).toEqual({ value: 1, interval: null });
  });
});

describe(evaluate.name, () => {
  it('counts each record once in the matrix and once in the calibration table', () => {
    fc.assert(
      fc.property(records, (groups) => {
        const { truePositive, falsePositive, trueNegative, falseNegative } =
          confusionMatrix(groups);
        const cells = truePositive + falsePositive + trueNegative + falseNegative;
        const rows = calibrationTable(groups).reduce((sum, row) => sum + row.records, 0);
        return cells === groups.length && rows === groups.length;
      }),
    );
  });

  it('does not depend on how equal records are grouped', () => {
    const one: ScoredGroup = { score: 0.7, predicted: true, positives: 3, negatives: 2 };
    const split = [true, true, true, false, false].map((hcc) => record(0.7, hcc));
    const rest = [record(0.2, false), record(0.4, true)];
    const rounded = (groups: ScoredGroup[]): string =>
      JSON.stringify(evaluate(groups), (_, v: unknown) =>
        typeof v === 'number' ? v.toPrecision(12) : v,
      );
    expect(rounded([one, ...rest])).toEqual(rounded([...rest, ...split]));
  });

  it('evaluates a small example as calculated by hand', () => {
    const groups = [
      record(0.9, true),
      record(0.6, true),
      record(0.4, true),
      record(0.6, false),
      record(0.1, false),
    ];
    const result = evaluate(groups);
    expect(result.confusion).toEqual({
      truePositive: 2,
      falsePositive: 1,
      trueNegative: 1,
      falseNegative: 1,
    });
    expect(result.sensitivity.value).toBeCloseTo(2 / 3, 12);
    expect(result.specificity.value).toBe(0.5);
    expect(result.auc!.value).toBeCloseTo((2 + 1.5 + 1) / 6, 12);
    expect(result.brier!.value).toBeCloseTo((0.01 + 0.16 + 0.36 + 0.36 + 0.01) / 5, 12);
    expect(result.calibration[6]).toMatchObject({ records: 2, observed: { count: 1, total: 2 } });
  });

  it('is empty, not wrong, without confirmed records', () => {
    expect(evaluate([])).toMatchObject({ records: 0, auc: null, brier: null });
    expect(brierScore([])).toBeNull();
  });
});
