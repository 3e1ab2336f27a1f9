import type { Bilingual } from '../../platform/i18n/bilingual';
import type { Json } from './canonical-json';
import type { FittedRange } from './compute-model';

export const PARAMETER_FILE_FORMAT = 'stackscape-model/1';
/** Every parameter file carries this sentence word for word. */
export const RESEARCH_USE_ONLY = 'Research use only. Not for diagnosis.';
export const researchNotice: Bilingual = {
  zh: '仅供研究使用，不得用于诊断。',
  en: RESEARCH_USE_ONLY,
};

export const modelKinds = ['naive-bayes', 'logistic'] as const;
export type ModelKind = (typeof modelKinds)[number];

/** One step of a piecewise constant likelihood ratio, both ends included. */
export interface LikelihoodRatioBin {
  readonly from: number;
  readonly to: number;
  readonly lr: number;
}

/** odds = prior/(1-prior) · max(floor, LR_ctdna) · max(floor, LR_cpg) */
export interface NaiveBayesParameters {
  readonly prior: number;
  readonly threshold: number;
  readonly fitted: FittedRange;
  /** Smallest likelihood ratio that a bin may contribute; keeps one thin bin from deciding alone. */
  readonly floor: { readonly ctdna: number; readonly cpg: number };
  /** Together the bins of a feature cover its whole accepted range without gap or overlap. */
  readonly bins: {
    readonly ctdna: readonly LikelihoodRatioBin[];
    readonly cpg: readonly LikelihoodRatioBin[];
  };
}

/** coefficient · z_ctdna^ctdna · z_cpg^cpg */
export interface LogisticTerm {
  readonly ctdna: number;
  readonly cpg: number;
  readonly coefficient: number;
}

/** logit(p) = intercept + Σ terms, on z = (x - mean) / scale of the value clamped to `fitted`. */
export interface LogisticParameters {
  readonly threshold: number;
  readonly fitted: FittedRange;
  readonly standardise: Readonly<
    Record<'ctdna' | 'cpg', { readonly mean: number; readonly scale: number }>
  >;
  readonly intercept: number;
  readonly terms: readonly LogisticTerm[];
}

interface ParameterFileHead {
  readonly format: typeof PARAMETER_FILE_FORMAT;
  /** `name@major.minor.patch`. A change of parameters is a new version. */
  readonly id: string;
  readonly notice: string;
  readonly title: Bilingual;
  /** Where the numbers come from. */
  readonly sources: readonly Bilingual[];
  /** What the model cannot say. */
  readonly limits: readonly Bilingual[];
  /** How it was trained and what cross-validation showed; not covered by the checksum. */
  readonly training?: { readonly [key: string]: Json };
  /** SHA-256 over the canonical JSON of `parameters`, lower-case hex. */
  readonly checksum: string;
}

export type ParameterFile = ParameterFileHead &
  (
    | { readonly kind: 'naive-bayes'; readonly parameters: NaiveBayesParameters }
    | { readonly kind: 'logistic'; readonly parameters: LogisticParameters }
  );
