import type { ComputeModel, Prediction, Sample } from './compute-model';
import { features, isOutside, type Feature } from './compute-model';
import type { NaiveBayesParameters } from './parameter-file';

/** Naive Bayes on one fragment: the prior odds times one likelihood ratio for each feature. */
export class NaiveBayesModel implements ComputeModel {
  readonly threshold: number;

  constructor(
    readonly id: string,
    readonly checksum: string,
    private readonly parameters: NaiveBayesParameters,
  ) {
    this.threshold = parameters.threshold;
  }

  predict(sample: Sample): Prediction {
    const { prior, fitted } = this.parameters;
    let odds = prior / (1 - prior);
    for (const feature of features) odds *= this.likelihoodRatio(feature, sample[feature]);
    const probability = odds / (1 + odds);
    return {
      probability,
      positive: probability >= this.threshold,
      extrapolated: isOutside(fitted, sample),
    };
  }

  private likelihoodRatio(feature: Feature, value: number): number {
    const bin = this.parameters.bins[feature].find((b) => value >= b.from && value <= b.to);
    if (!bin) throw new RangeError(`No bin of ${feature} holds ${value}.`);
    return Math.max(this.parameters.floor[feature], bin.lr);
  }
}
