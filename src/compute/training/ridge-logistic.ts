import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { runAtOnce, type Steps } from '../../platform/waiting/steps';

/** One row of the design matrix (without the intercept) with how often each outcome was seen. */
export interface DesignRow {
  readonly x: readonly number[];
  readonly positives: number;
  readonly negatives: number;
}

export interface LogisticFit {
  readonly intercept: number;
  readonly coefficients: readonly number[];
  readonly iterations: number;
}

/** No finite optimum was reached: without penalty the classes are separable, or columns depend. */
export class FitDidNotConvergeError extends Error {
  constructor(reason: string) {
    super(`The logistic fit did not converge: ${reason}.`);
    this.name = FitDidNotConvergeError.name;
  }
}

const MAX_ITERATIONS = 100;

/**
 * Ridge logistic regression by iteratively reweighted least squares (Newton's method with step
 * halving): maximises log likelihood - ridge/2 · Σ coefficient². The intercept is not penalised.
 * Ends when no coefficient moves by more than 1e-10 relative to its size. With ridge 0 it is the
 * maximum likelihood fit, which R's `glm` computes too.
 */
export function fitRidgeLogistic(rows: readonly DesignRow[], ridge: number): LogisticFit {
  return runAtOnce(fittingSteps(rows, ridge));
}

/** The same with a pause after each iteration. */
export function* fittingSteps(rows: readonly DesignRow[], ridge: number): Steps<LogisticFit> {
  const width = (rows[0]?.x.length ?? 0) + 1;
  let beta = new Array<number>(width).fill(0);
  let objective = penalisedLogLikelihood(rows, beta, ridge);
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    yield;
    const step = newtonStep(rows, beta, ridge);
    let scale = 1;
    let next = beta;
    let reached = -Infinity;
    for (; scale > 1e-8; scale /= 2) {
      next = beta.map((b, j) => b + scale * step[j]!);
      reached = penalisedLogLikelihood(rows, next, ridge);
      if (reached >= objective - 1e-12 * Math.abs(objective)) break;
    }
    if (scale <= 1e-8) throw new FitDidNotConvergeError('no step improves it');
    const moved = Math.max(...next.map((b, j) => Math.abs(b - beta[j]!) / (1 + Math.abs(b))));
    beta = next;
    objective = reached;
    if (beta.some((b) => !(Math.abs(b) < 1e6))) {
      throw new FitDidNotConvergeError('a coefficient grows without end');
    }
    if (moved < 1e-10) {
      const [intercept = 0, ...coefficients] = beta;
      return { intercept, coefficients, iterations: iteration };
    }
  }
  throw new FitDidNotConvergeError(`${MAX_ITERATIONS} iterations were not enough`);
}

/** Solves (Xᵀ W X + ridge) step = gradient. */
function newtonStep(rows: readonly DesignRow[], beta: readonly number[], ridge: number): number[] {
  const width = beta.length;
  const hessian = Matrix.zeros(width, width);
  const gradient = new Array<number>(width).fill(0);
  for (let j = 1; j < width; j++) {
    hessian.set(j, j, ridge);
    gradient[j] = -ridge * beta[j]!;
  }
  const upper = new Float64Array(width * width);
  for (const row of rows) {
    const probability = 1 / (1 + Math.exp(-logitOf(row, beta)));
    const count = row.positives + row.negatives;
    const residual = row.positives - count * probability;
    const weight = count * probability * (1 - probability);
    for (let j = 0; j < width; j++) {
      const xj = j === 0 ? 1 : row.x[j - 1]!;
      gradient[j]! += xj * residual;
      for (let k = j; k < width; k++) {
        upper[j * width + k]! += weight * xj * (k === 0 ? 1 : row.x[k - 1]!);
      }
    }
  }
  for (let j = 0; j < width; j++) {
    for (let k = j; k < width; k++) {
      const value = hessian.get(j, k) + upper[j * width + k]!;
      hessian.set(j, k, value);
      hessian.set(k, j, value);
    }
  }
  const cholesky = new CholeskyDecomposition(hessian);
  if (!cholesky.isPositiveDefinite()) {
    throw new FitDidNotConvergeError('the information matrix is singular');
  }
  return cholesky.solve(Matrix.columnVector(gradient)).to1DArray();
}

function penalisedLogLikelihood(
  rows: readonly DesignRow[],
  beta: readonly number[],
  ridge: number,
): number {
  let sum = 0;
  for (const row of rows) {
    const logit = logitOf(row, beta);
    sum -= row.positives * softplus(-logit) + row.negatives * softplus(logit);
  }
  for (let j = 1; j < beta.length; j++) sum -= (ridge / 2) * beta[j]! ** 2;
  return sum;
}

function logitOf(row: DesignRow, beta: readonly number[]): number {
  let logit = beta[0]!;
  for (let j = 1; j < beta.length; j++) logit += beta[j]! * row.x[j - 1]!;
  return logit;
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
