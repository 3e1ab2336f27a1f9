/** What a model may look at: one fragment. The confirmed status is never among it. */
export interface Sample {
  /** Fragment length in base pairs, 1 to 10000. */
  readonly ctdna: number;
  /** Methylated CpG sites on the fragment, 0 to 1000. */
  readonly cpg: number;
}

export interface Prediction {
  /** Probability of HCC under the model, strictly between 0 and 1. Research use only. */
  readonly probability: number;
  /** Whether the probability reaches the model's threshold. */
  readonly positive: boolean;
  /** The sample lies outside what the model was fitted on, so its value was saturated. */
  readonly extrapolated: boolean;
}

/**
 * All that the rest of the program asks of a model. `predict` is pure: the same sample gives the
 * same prediction for the same checksum, on every machine.
 */
export interface ComputeModel {
  /** `name@version`, e.g. `hcc-fragment-nb@1.0.0`. */
  readonly id: string;
  /** SHA-256 of the canonical JSON of the parameters, lower-case hex. */
  readonly checksum: string;
  readonly threshold: number;
  predict(sample: Sample): Prediction;
}

/** The accepted input, whatever a model was fitted on. */
export const sampleRange = {
  ctdna: { from: 1, to: 10_000 },
  cpg: { from: 0, to: 1_000 },
} as const;

export type Feature = keyof typeof sampleRange;
export const features: readonly Feature[] = ['ctdna', 'cpg'];

/** Closed integer ranges that a model's data covered. */
export type FittedRange = Readonly<Record<Feature, { readonly from: number; readonly to: number }>>;

export function isOutside(fitted: FittedRange, sample: Sample): boolean {
  return features.some((f) => sample[f] < fitted[f].from || sample[f] > fitted[f].to);
}
