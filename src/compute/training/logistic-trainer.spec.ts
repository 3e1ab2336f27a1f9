import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc } from '../../../test/support/fast-check';
import { checksumOf, type Json } from '../inference/canonical-json';
import { stratifiedGroupFolds } from './folds';
import { countTraining, isEnough, trainLogistic } from './logistic-trainer';
import { LogisticModel } from '../inference/logistic.model';
import { proportion } from '../evaluation/proportion';
import { FitDidNotConvergeError, fitRidgeLogistic, type DesignRow } from './ridge-logistic';
import kept from './logistic-trainer.reference.json';
import { TrainingSet } from './training-set';

/** A fixed pseudo-random sequence in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Patients with HCC have shorter fragments and more methylated sites; the classes overlap. */
function cohort(patients: number, each: number, seed = 7): TrainingSet {
  const random = sequence(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const set = new TrainingSet();
  for (let pid = 1; pid <= patients; pid++) {
    const hcc = pid % 2 === 0;
    for (let i = 0; i < each; i++) {
      const length = Math.round((hcc ? 158 : 172) + 22 * normal());
      const sites = Math.round((hcc ? 3 : 1.6) + 1.3 * normal());
      set.add(pid, Math.max(1, length), Math.max(0, sites), hcc);
    }
  }
  return set;
}

function design(set: TrainingSet): DesignRow[] {
  return Array.from({ length: set.size }, (_, i) => {
    const length = (set.ctdna(i) - 165) / 22;
    return {
      x: [length, length ** 2, set.cpg(i)],
      positives: set.hcc(i) ? 1 : 0,
      negatives: set.hcc(i) ? 0 : 1,
    };
  });
}

const hasR = spawnSync('Rscript', ['--version']).status === 0;

/**
 * What R made of the data frame `d`, read from CSV, with a script that prints numbers. Kept in a
 * file, so that the comparison needs no R; where there is one, it is asked again.
 */
function fromR(
  key: keyof typeof kept,
  header: string,
  rows: readonly (readonly number[])[],
  script: string,
): number[] {
  const csv = [header, ...rows.map((row) => row.join(','))].join('\n');
  const { dataSha256, values } = kept[key];
  expect(createHash('sha256').update(csv).digest('hex')).toBe(dataSha256);
  if (hasR) {
    const now = runR(csv, script);
    expect(now).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(now[i]).toBeCloseTo(value, 6);
  }
  return values;
}

function runR(csv: string, script: string): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'glm-'));
  try {
    const data = join(folder, 'd.csv');
    writeFileSync(data, csv);
    const code = `d <- read.csv(commandArgs(TRUE)[1])\n${script}`;
    const run = spawnSync('Rscript', ['--vanilla', '-e', code, data], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return run.stdout.trim().split(/\s+/).map(Number);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe(fitRidgeLogistic.name, () => {
  it('agrees with glm of R to 1e-6', () => {
    const rows = design(cohort(60, 10));
    const expected = fromR(
      'glm',
      'a,b,c,y',
      rows.map((row) => [...row.x, row.positives]),
      'f <- glm(y ~ a + b + c, family = binomial, data = d, control = glm.control(epsilon = 1e-14, maxit = 100))\n' +
        'cat(sprintf("%.15g", coef(f)))',
    );
    const { intercept, coefficients } = fitRidgeLogistic(rows, 0);
    const actual = [intercept, ...coefficients];
    expect(expected).toHaveLength(4);
    const difference = Math.max(...actual.map((b, j) => Math.abs(b - expected[j]!)));
    process.stdout.write(`glm of R: largest difference of a coefficient ${difference}\n`);
    expect(difference).toBeLessThan(1e-6);
  });

  it('agrees with a general optimiser of R on the penalised likelihood', () => {
    const rows = design(cohort(40, 6, 3));
    const expected = fromR(
      'ridge',
      'a,b,c,y',
      rows.map((row) => [...row.x, row.positives]),
      'X <- cbind(1, d$a, d$b, d$c); L <- 2.5\n' +
        'o <- function(w) { e <- X %*% w; sum(log1p(exp(-abs(e))) + pmax(e, 0)) - sum(d$y * e) + L / 2 * sum(w[-1]^2) }\n' +
        'g <- function(w) as.vector(t(X) %*% (plogis(X %*% w) - d$y)) + L * c(0, w[-1])\n' +
        'w <- optim(rep(0, 4), o, g, method = "BFGS", control = list(reltol = 1e-16, maxit = 10000))$par\n' +
        'cat(sprintf("%.15g", w))',
    );
    const { intercept, coefficients } = fitRidgeLogistic(rows, 2.5);
    for (const [j, b] of [intercept, ...coefficients].entries()) {
      expect(Math.abs(b - expected[j]!)).toBeLessThan(1e-5);
    }
  });

  it('converges where the gradient of the penalised likelihood is zero', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (seed, ridge) => {
          const rows = design(cohort(20, 5, seed));
          const { intercept, coefficients } = fitRidgeLogistic(rows, ridge);
          const gradient = [0, ...coefficients.map((b) => -ridge * b)];
          for (const row of rows) {
            const logit = row.x.reduce((s, x, j) => s + x * coefficients[j]!, intercept);
            const residual =
              row.positives - (row.positives + row.negatives) / (1 + Math.exp(-logit));
            gradient[0]! += residual;
            row.x.forEach((x, j) => (gradient[j + 1]! += x * residual));
          }
          return gradient.every((g) => Math.abs(g) < 1e-6);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('reports separable classes, which have no finite optimum', () => {
    const rows = [1, 2, 3, 10, 11, 12].map((x) => ({
      x: [x],
      positives: x > 5 ? 1 : 0,
      negatives: x > 5 ? 0 : 1,
    }));
    expect(() => fitRidgeLogistic(rows, 0)).toThrow(FitDidNotConvergeError);
    expect(fitRidgeLogistic(rows, 1).coefficients[0]).toBeGreaterThan(0);
  });
});

describe(proportion.name, () => {
  it('has the interval of prop.test without correction', () => {
    const cases = [[3, 17], [0, 9], [40, 41], [500, 1000]]; // prettier-ignore
    const expected = fromR(
      'proportion',
      'k,n',
      cases,
      'for (i in 1:nrow(d)) cat(sprintf("%.12f ", prop.test(d$k[i], d$n[i], correct = FALSE)$conf.int))',
    );
    const actual = cases.flatMap(([k, n]) => {
      const { interval } = proportion(k!, n!);
      return [interval!.low, interval!.high];
    });
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 9));
  });
});

describe(stratifiedGroupFolds.name, () => {
  it('keeps a patient in one fold and the classes balanced', () => {
    const set = cohort(50, 8);
    const foldOf = stratifiedGroupFolds(set, 5);
    expect(foldOf.size).toBe(50);
    const counts = Array.from({ length: 5 }, () => [0, 0]);
    for (let i = 0; i < set.size; i++) counts[foldOf.get(set.pid(i))!]![set.hcc(i) ? 1 : 0]!++;
    expect(counts).toEqual(Array.from({ length: 5 }, () => [40, 40]));
  });

  it('gives the same folds whatever the order of the records', () => {
    const set = cohort(31, 3);
    const reversed = new TrainingSet();
    for (let i = set.size - 1; i >= 0; i--) {
      reversed.add(set.pid(i), set.ctdna(i), set.cpg(i), set.hcc(i));
    }
    const sorted = (m: Map<number, number>): unknown => [...m].sort(([a], [b]) => a - b);
    expect(sorted(stratifiedGroupFolds(reversed, 5))).toEqual(sorted(stratifiedGroupFolds(set, 5)));
  });
});

describe(trainLogistic.name, () => {
  it('learns a cohort and evaluates on unseen patients', () => {
    const set = cohort(60, 10);
    const { parameters, crossValidated, evidence } = trainLogistic(set);
    expect(evidence).toBe('sufficient');
    expect(crossValidated).toMatchObject({ records: 600, positives: 300, negatives: 300 });
    expect(crossValidated.auc!.value).toBeGreaterThan(0.75);
    const model = new LogisticModel(
      't@1.0.0',
      checksumOf(parameters as unknown as Json),
      parameters,
    );
    const low = model.predict({ ctdna: 190, cpg: 0 }).probability;
    expect(model.predict({ ctdna: 150, cpg: 5 }).probability).toBeGreaterThan(low);
    expect(model.predict({ ctdna: 9000, cpg: 1 })).toMatchObject({ extrapolated: true });
    expect(model.predict({ ctdna: 9000, cpg: 1 }).probability).toBe(
      model.predict({ ctdna: parameters.fitted.ctdna.to, cpg: 1 }).probability,
    );
  });

  it('finds nothing in labels that are noise', () => {
    const random = sequence(99);
    const set = new TrainingSet();
    for (let pid = 1; pid <= 500; pid++) {
      set.add(pid, 100 + Math.floor(random() * 200), Math.floor(random() * 6), random() < 0.5);
    }
    const { auc } = trainLogistic(set).crossValidated;
    expect(auc!.interval!.low).toBeLessThan(0.55);
  });

  it('gives the same bits for the same records in another order', () => {
    const set = cohort(30, 6);
    const reversed = new TrainingSet();
    for (let i = set.size - 1; i >= 0; i--) {
      reversed.add(set.pid(i), set.ctdna(i), set.cpg(i), set.hcc(i));
    }
    expect(trainLogistic(reversed)).toEqual(trainLogistic(set));
  });

  it.each<[string, (set: TrainingSet) => void, boolean]>([
    ['99 records', (s) => fill(s, 50, 49), false],
    ['100 records, 40 of a class', (s) => fill(s, 60, 40), true],
    ['100 records, 39 of a class', (s) => fill(s, 61, 39), false],
    ['many records of one patient', (s) => fill(s, 100, 100, 1), false],
  ])('with %s', (_, build, enough) => {
    const set = new TrainingSet();
    build(set);
    expect(isEnough(countTraining(set))).toBe(enough);
    if (!enough) expect(() => trainLogistic(set)).toThrow(RangeError);
    else expect(trainLogistic(set).evidence).toBe('exploratory');
  });

  it('fits a million records in seconds', () => {
    const set = cohort(20_000, 50);
    const start = Date.now();
    const { crossValidated } = trainLogistic(set);
    process.stdout.write(`training on ${set.size} records: ${Date.now() - start} ms\n`);
    expect(crossValidated.records).toBe(1_000_000);
  });
});

function fill(set: TrainingSet, positives: number, negatives: number, patients = 20): void {
  const random = sequence(5);
  for (let i = 0; i < positives + negatives; i++) {
    const hcc = i < positives;
    const pid = (i % patients) * 2 + (hcc ? 1 : 0);
    set.add(pid, 150 + Math.floor(random() * 40), Math.floor(random() * 5), hcc);
  }
}
