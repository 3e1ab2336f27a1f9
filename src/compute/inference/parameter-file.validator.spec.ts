import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { canonicalJson, checksumOf, type Json } from './canonical-json';
import type { ParameterFile } from './parameter-file';
import { parseParameterFile } from './parameter-file.validator';

interface Loose {
  [key: string]: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}
const naiveBayes = readFileSync(
  resolve(__dirname, '../../../models/hcc-fragment-nb@1.0.0.json'),
  'utf8',
);
const logistic: Loose = {
  ...(JSON.parse(naiveBayes) as ParameterFile),
  id: 'own@1.0.0',
  kind: 'logistic',
  parameters: {
    threshold: 0.5,
    fitted: { ctdna: { from: 100, to: 300 }, cpg: { from: 0, to: 6 } },
    standardise: { ctdna: { mean: 170, scale: 30 }, cpg: { mean: 3, scale: 2 } },
    intercept: -0.5,
    terms: [
      { ctdna: 1, cpg: 0, coefficient: -1 },
      { ctdna: 0, cpg: 1, coefficient: 2 },
    ],
  },
};

/** Applies a change and, unless `seal` is false, corrects the checksum, so that only the change is wrong. */
function problemsOf(base: string | Loose, change: (file: Loose) => void, seal = true): string[] {
  const file = (typeof base === 'string' ? JSON.parse(base) : structuredClone(base)) as Loose;
  change(file);
  // Through JSON first, as a file would be: there NaN has already become null.
  if (seal) file.checksum = checksumOf(JSON.parse(JSON.stringify(file.parameters)) as Json);
  const parsed = parseParameterFile(JSON.stringify(file));
  if (parsed.ok) return [];
  return parsed.problems.map((p) => `${p.field}: ${p.message.en}`);
}

describe(parseParameterFile.name, () => {
  it('accepts both kinds', () => {
    expect(problemsOf(naiveBayes, () => undefined, false)).toEqual([]);
    expect(problemsOf(logistic, () => undefined)).toEqual([]);
  });

  it('ignores order and white space in the checksum', () => {
    const file = JSON.parse(naiveBayes) as Loose;
    const { bins, ...rest } = file.parameters as { bins: Json };
    expect(problemsOf(naiveBayes, (f) => (f.parameters = { bins, ...rest }), false)).toEqual([]);
  });

  it('names both checksums when one parameter was changed', () => {
    const problems = problemsOf(naiveBayes, (f) => (f.parameters.bins.cpg[2].lr = 3.6), false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^checksum: does not fit .*9eb3500c.*they give "?[0-9a-f]{64}/);
  });

  it.each<[string, string | Loose, (file: Loose) => void, RegExp]>([
    [
      'a bin left out',
      naiveBayes,
      (f) => f.parameters.bins.ctdna.splice(2, 1),
      /bins\.ctdna: has no bin for 151 to 180/,
    ],
    [
      'the last bin left out',
      naiveBayes,
      (f) => f.parameters.bins.cpg.pop(),
      /bins\.cpg: has no bin for 5 to 1000/,
    ],
    [
      'the first bin left out',
      naiveBayes,
      (f) => f.parameters.bins.cpg.shift(),
      /bins\.cpg: has no bin for 0 to 0/,
    ],
    [
      'all bins left out',
      naiveBayes,
      (f) => (f.parameters.bins.cpg = []),
      /bins\.cpg: has no bin for 0 to 1000/,
    ],
    [
      'a feature without bins',
      naiveBayes,
      (f) => delete f.parameters.bins.cpg,
      /parameters\.bins\.cpg: is missing/,
    ],
    [
      'overlapping bins',
      naiveBayes,
      (f) => (f.parameters.bins.ctdna[1].from = 80),
      /ctdna\.1: overlaps/,
    ],
    [
      'a bin the wrong way round',
      naiveBayes,
      (f) => (f.parameters.bins.ctdna[1].to = 80),
      /ctdna\.1: ends before/,
    ],
    [
      'NaN as text',
      naiveBayes,
      (f) => (f.parameters.bins.cpg[0].lr = 'NaN'),
      /bins\.cpg\.0\.lr: must be a finite number.*NaN/,
    ],
    [
      'NaN turned to null',
      naiveBayes,
      (f) => (f.parameters.prior = NaN),
      /parameters\.prior: must be a finite number.*null/,
    ],
    [
      'a likelihood ratio of 0',
      naiveBayes,
      (f) => (f.parameters.bins.cpg[0].lr = 0),
      /lr: must be above 0/,
    ],
    ['a prior of 1', naiveBayes, (f) => (f.parameters.prior = 1), /prior: must lie between/],
    [
      'an unknown key',
      naiveBayes,
      (f) => (f.parameters.extra = 1),
      /parameters\.extra: is not a known key/,
    ],
    ['no notice', naiveBayes, (f) => delete f.notice, /^notice: is missing/],
    ['another notice', naiveBayes, (f) => (f.notice = 'Safe for diagnosis'), /^notice: must be/],
    ['no sources', naiveBayes, (f) => (f.sources = []), /^sources: must be a list/],
    [
      'a limit in one language',
      naiveBayes,
      (f) => delete f.limits[0].zh,
      /^limits\.0\.zh: is missing/,
    ],
    ['an id without version', naiveBayes, (f) => (f.id = 'mine'), /^id: must look like/],
    ['an id with a path', naiveBayes, (f) => (f.id = '../x@1.0.0'), /^id: must look like/],
    ['an unknown kind', naiveBayes, (f) => (f.kind = 'forest'), /^kind: must be/],
    ['another format', naiveBayes, (f) => (f.format = 'x/2'), /^format: must be/],
    ['no parameters', naiveBayes, (f) => (f.parameters = null), /^parameters: must be an object/],
    ['a list', naiveBayes, (f) => (f.title = []), /^title: must be an object/],
    [
      'a scale of 0',
      logistic,
      (f) => (f.parameters.standardise.cpg.scale = 0),
      /cpg\.scale: must be a finite/,
    ],
    [
      'an intercept that overflowed',
      logistic,
      (f) => (f.parameters.intercept = Infinity),
      /intercept: must be a finite number/,
    ],
    [
      'a term twice',
      logistic,
      (f) => f.parameters.terms.push({ ...f.parameters.terms[0] }),
      /terms\.2: repeats/,
    ],
    [
      'the intercept as a term',
      logistic,
      (f) => (f.parameters.terms[0].ctdna = 0),
      /terms\.0: is the intercept/,
    ],
    ['no terms', logistic, (f) => (f.parameters.terms = []), /terms: must be a list/],
    [
      'half a power',
      logistic,
      (f) => (f.parameters.terms[0].ctdna = 0.5),
      /terms\.0\.ctdna: must be a whole/,
    ],
    [
      'a fitted range the wrong way round',
      logistic,
      (f) => (f.parameters.fitted.ctdna.to = 50),
      /fitted\.ctdna: ends before/,
    ],
  ])('refuses %s', (_, base, change, expected) => {
    const problems = problemsOf(base, change);
    expect(problems.join('\n')).toMatch(expected);
  });

  it.each(['{"prior": NaN}', '', '{', '[1,]'])('refuses %j, which is not JSON', (text) => {
    expect(parseParameterFile(text)).toMatchObject({ ok: false });
  });

  it.each(['null', '7', '"x"', '[]'])('refuses %s, which is not an object', (text) => {
    expect(parseParameterFile(text)).toMatchObject({ ok: false, problems: [{ field: '' }] });
  });

  it('lists all problems at once', () => {
    const change = (f: Loose): void => {
      f.parameters.prior = 2;
      f.parameters.bins.ctdna.shift();
      delete f.title;
    };
    expect(problemsOf(naiveBayes, change).length).toBeGreaterThanOrEqual(3);
  });
});

describe(canonicalJson.name, () => {
  it('sorts keys at every depth and prints numbers as ECMAScript does', () => {
    expect(canonicalJson({ b: [1e21, 0.1, -0], a: { d: null, c: 'é"' } })).toBe(
      '{"a":{"c":"é\\"","d":null},"b":[1e+21,0.1,0]}',
    );
  });
  it.each([NaN, Infinity])('throws on %d', (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });
});
