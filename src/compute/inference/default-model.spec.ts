import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fc } from '../../../test/support/fast-check';
import { RESEARCH_USE_ONLY } from './parameter-file';
import { parseParameterFile } from './parameter-file.validator';

const text = readFileSync(resolve(__dirname, '../../../models/hcc-fragment-nb@1.0.0.json'), 'utf8');
const parsed = parseParameterFile(text);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const sut = parsed.model;

describe('hcc-fragment-nb@1.0.0', () => {
  it.each([
    [209, 5, 0.79, 0.001],
    [213, 4, 0.615, 0.002],
  ])('gives p(%i, %i) = %d', (ctdna, cpg, expected, tolerance) => {
    const { probability } = sut.predict({ ctdna, cpg });
    expect(Math.abs(probability - expected)).toBeLessThanOrEqual(tolerance);
  });

  // Every border of both tables, worked out by hand: max(LR_len, 0.05) · LR_cpg with prior odds 1.
  it.each([
    [1, 0, 2.8 * 0.14, true],
    [89, 0, 2.8 * 0.14, true],
    [90, 0, 3.3 * 0.14, false],
    [150, 1, 3.3 * 0.81, false],
    [151, 1, 0.62 * 0.81, false],
    [180, 2, 0.62 * 3.5, false],
    [181, 2, 0.09 * 3.5, false],
    [199, 3, 0.09 * 12, false],
    [200, 3, 0.05 * 12, false],
    [220, 4, 0.05 * 32, false],
    [221, 4, 0.32 * 32, false],
    [249, 5, 0.32 * 75, false],
    [250, 5, 0.29 * 75, false],
    [320, 5, 0.29 * 75, false],
    [321, 5, 0.05 * 75, true],
    [10_000, 5, 0.05 * 75, true],
    [209, 6, 0.05 * 75, true],
    [209, 1000, 0.05 * 75, true],
  ])('at (%i, %i) has odds %d, extrapolated %s', (ctdna, cpg, odds, extrapolated) => {
    const prediction = sut.predict({ ctdna, cpg });
    expect(prediction.probability).toBeCloseTo(odds / (1 + odds), 12);
    expect(prediction.extrapolated).toBe(extrapolated);
    expect(prediction.positive).toBe(odds >= 1);
  });

  it('returns a probability for every valid sample, monotone in the sites', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(999), (ctdna, cpg) => {
        const lower = sut.predict({ ctdna, cpg }).probability;
        const upper = sut.predict({ ctdna, cpg: cpg + 1 }).probability;
        return lower > 0 && upper < 1 && lower <= upper;
      }),
    );
  });

  it.each([0, -1, 10_001, NaN, 1.5e9])('refuses a length of %d', (ctdna) => {
    expect(() => sut.predict({ ctdna, cpg: 1 })).toThrow(RangeError);
  });

  it('states research use, sources and limits', () => {
    expect(parsed.file.notice).toBe(RESEARCH_USE_ONLY);
    const said = JSON.stringify(parsed.file);
    for (const source of ['CancerDetector', 'reproduce_brain_wflow', 'brain tumour', 'panel']) {
      expect(said).toContain(source);
    }
  });
});
