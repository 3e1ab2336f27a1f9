import type { ComputeModel, Feature, Prediction, Sample } from './compute-model';
import { isOutside, sampleRange } from './compute-model';
import type { LogisticParameters } from './parameter-file';

/** Logistic regression on powers of the two standardised features. */
export class LogisticModel implements ComputeModel {
  readonly threshold: number;

  constructor(
    readonly id: string,
    readonly checksum: string,
    private readonly parameters: LogisticParameters,
  ) {
    this.threshold = parameters.threshold;
  }

  predict(sample: Sample): Prediction {
    const ctdna = this.standardised('ctdna', sample.ctdna);
    const cpg = this.standardised('cpg', sample.cpg);
    let logit = this.parameters.intercept;
    for (const term of this.parameters.terms) {
      logit += term.coefficient * ctdna ** term.ctdna * cpg ** term.cpg;
    }
    const probability = 1 / (1 + Math.exp(-Math.min(Math.max(logit, -700), 36)));
    return {
      probability,
      positive: probability >= this.threshold,
      extrapolated: isOutside(this.parameters.fitted, sample),
    };
  }

  private standardised(feature: Feature, value: number): number {
    const range = sampleRange[feature];
    if (!(value >= range.from && value <= range.to)) {
      throw new RangeError(`${feature} ${value} is outside ${range.from} to ${range.to}.`);
    }
    const { from, to } = this.parameters.fitted[feature];
    const { mean, scale } = this.parameters.standardise[feature];
    return (Math.min(Math.max(value, from), to) - mean) / scale;
  }
}
