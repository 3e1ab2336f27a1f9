import type { Feature, FittedRange } from '../inference/compute-model';
import { features } from '../inference/compute-model';
import { evaluate, type Evaluation } from '../evaluation/evaluation';
import { runAtOnce, type Steps } from '../../platform/waiting/steps';
import { foldingSteps, RECORDS_OF_A_STEP } from './folds';
import { LogisticModel } from '../inference/logistic.model';
import type { LogisticParameters } from '../inference/parameter-file';
import { fittingSteps, type DesignRow } from './ridge-logistic';
import type { ScoredGroup } from '../evaluation/scored-group';
import type { TrainingSet } from './training-set';

/** Below these a fit would say more about chance than about patients. */
export const trainingMinimum = {
  records: 100,
  recordsOfEachClass: 40,
  /** Every fold needs a patient of each class. */
  patientsOfEachClass: 5,
} as const;
/** Below this many records a model is marked exploratory. */
export const EXPLORATORY_BELOW = 200;
export const FOLDS = 5;
/** Penalty on the standardised coefficients; mild, it only keeps separable data finite. */
export const DEFAULT_RIDGE = 1;

/** Powers of (length, sites): straight and bent in the length, straight in the sites. */
const basis = [
  { ctdna: 1, cpg: 0 },
  { ctdna: 2, cpg: 0 },
  { ctdna: 0, cpg: 1 },
] as const;

export interface TrainingCounts {
  readonly records: number;
  readonly positives: number;
  readonly negatives: number;
  readonly patients: number;
  readonly positivePatients: number;
  readonly negativePatients: number;
}

export interface TrainedLogistic {
  readonly parameters: LogisticParameters;
  /** On records whose patients the fit had not seen: pooled over the five FOLDS. */
  readonly crossValidated: Evaluation;
  readonly evidence: 'exploratory' | 'sufficient';
}

/** Equal samples of one fold, counted. */
interface Cell {
  readonly fold: number;
  readonly ctdna: number;
  readonly cpg: number;
  positives: number;
  negatives: number;
}

export function countTraining(set: TrainingSet): TrainingCounts {
  return runAtOnce(countingSteps(set));
}

export function* countingSteps(set: TrainingSet): Steps<TrainingCounts> {
  const positive = new Set<number>();
  const negative = new Set<number>();
  let positives = 0;
  for (let i = 0; i < set.size; i++) {
    if (set.hcc(i)) {
      positives++;
      positive.add(set.pid(i));
    } else negative.add(set.pid(i));
    if (i % RECORDS_OF_A_STEP === 0) yield;
  }
  return {
    records: set.size,
    positives,
    negatives: set.size - positives,
    patients: new Set([...positive, ...negative]).size,
    positivePatients: positive.size,
    negativePatients: negative.size,
  };
}

export function isEnough(counts: TrainingCounts): boolean {
  return (
    counts.records >= trainingMinimum.records &&
    Math.min(counts.positives, counts.negatives) >= trainingMinimum.recordsOfEachClass &&
    Math.min(counts.positivePatients, counts.negativePatients) >=
      trainingMinimum.patientsOfEachClass
  );
}

/**
 * Fits on all records and evaluates by stratified 5-fold cross-validation grouped by patient;
 * standardisation and fit are repeated inside each fold.
 *
 * @throws FitDidNotConvergeError, RangeError below the minimum, which the caller checks with `isEnough`
 */
export function trainLogistic(set: TrainingSet, ridge = DEFAULT_RIDGE): TrainedLogistic {
  return runAtOnce(trainingSteps(set, ridge));
}

/** The same in steps: a million records take seconds, in which requests want answers. */
export function* trainingSteps(set: TrainingSet, ridge = DEFAULT_RIDGE): Steps<TrainedLogistic> {
  if (!isEnough(yield* countingSteps(set)))
    throw new RangeError('Too few confirmed records to train on.');
  const cells = yield* cellsOf(set, yield* foldingSteps(set, FOLDS));
  const scored: ScoredGroup[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    yield;
    const parameters = yield* fit(
      cells.filter((cell) => cell.fold !== fold),
      ridge,
    );
    const model = new LogisticModel('fold', '', parameters);
    for (const cell of cells) {
      if (cell.fold !== fold) continue;
      const { probability, positive } = model.predict(cell);
      const { positives, negatives } = cell;
      scored.push({ score: probability, predicted: positive, positives, negatives });
    }
  }
  return {
    parameters: yield* fit(cells, ridge),
    crossValidated: evaluate(scored),
    evidence: set.size < EXPLORATORY_BELOW ? 'exploratory' : 'sufficient',
  };
}

function* cellsOf(set: TrainingSet, foldOf: ReadonlyMap<number, number>): Steps<Cell[]> {
  const cells = new Map<number, Cell>();
  for (let i = 0; i < set.size; i++) {
    const [fold, ctdna, cpg] = [foldOf.get(set.pid(i))!, set.ctdna(i), set.cpg(i)];
    const key = (fold * 10_001 + ctdna) * 1_001 + cpg;
    let cell = cells.get(key);
    if (!cell) cells.set(key, (cell = { fold, ctdna, cpg, positives: 0, negatives: 0 }));
    if (set.hcc(i)) cell.positives++;
    else cell.negatives++;
    if (i % RECORDS_OF_A_STEP === 0) yield;
  }
  // Sums of doubles depend on their order: sorted, the same records give the same bits.
  return [...cells.values()].sort((a, b) => a.fold - b.fold || a.ctdna - b.ctdna || a.cpg - b.cpg);
}

function* fit(cells: readonly Cell[], ridge: number): Steps<LogisticParameters> {
  const standardise = { ctdna: momentsOf(cells, 'ctdna'), cpg: momentsOf(cells, 'cpg') };
  const rows: DesignRow[] = cells.map((cell) => {
    const length = (cell.ctdna - standardise.ctdna.mean) / standardise.ctdna.scale;
    const sites = (cell.cpg - standardise.cpg.mean) / standardise.cpg.scale;
    return {
      x: basis.map((powers) => length ** powers.ctdna * sites ** powers.cpg),
      positives: cell.positives,
      negatives: cell.negatives,
    };
  });
  const { intercept, coefficients } = yield* fittingSteps(rows, ridge);
  return {
    threshold: 0.5,
    fitted: fittedRange(cells),
    standardise,
    intercept,
    terms: basis.map((powers, j) => ({ ...powers, coefficient: coefficients[j]! })),
  };
}

/** Mean and standard deviation; a feature that never varies keeps its unit. */
function momentsOf(cells: readonly Cell[], feature: Feature): { mean: number; scale: number } {
  let count = 0;
  let sum = 0;
  for (const cell of cells) {
    const records = cell.positives + cell.negatives;
    count += records;
    sum += records * cell[feature];
  }
  const mean = sum / count;
  let squares = 0;
  for (const cell of cells) {
    squares += (cell.positives + cell.negatives) * (cell[feature] - mean) ** 2;
  }
  const scale = Math.sqrt(squares / count);
  return { mean, scale: scale > 1e-9 ? scale : 1 };
}

function fittedRange(cells: readonly Cell[]): FittedRange {
  const range = { ctdna: { from: Infinity, to: 0 }, cpg: { from: Infinity, to: 0 } };
  for (const cell of cells) {
    for (const feature of features) {
      range[feature].from = Math.min(range[feature].from, cell[feature]);
      range[feature].to = Math.max(range[feature].to, cell[feature]);
    }
  }
  return range;
}
