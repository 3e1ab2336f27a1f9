import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { features, sampleRange, type Feature } from './compute-model';
import { modelKinds, PARAMETER_FILE_FORMAT, RESEARCH_USE_ONLY } from './parameter-file';

/** A node of JSON Schema; `problem` is said about a value that does not fit, whatever the reason. */
export interface SchemaNode {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly problem?: Bilingual;
}

function object(properties: Record<string, SchemaNode>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties: false };
}

function eachFeature(node: (feature: Feature) => SchemaNode): SchemaNode {
  return object(Object.fromEntries(features.map((feature) => [feature, node(feature)])));
}

function number(minimum: number, maximum: number): SchemaNode {
  return { type: 'number', minimum, maximum };
}

function integer(minimum: number, maximum: number): SchemaNode {
  return { type: 'integer', minimum, maximum };
}

const like = (example: string): Bilingual =>
  bilingual(`格式应如 ${example}`, `must look like ${example}`);

const text = {
  type: 'string',
  pattern: '\\S',
  maxLength: 2000,
  problem: bilingual('应为1到2000字的文本', 'must be a text of 1 to 2000 characters'),
};
const bilingualText = object({ zh: text, en: text });
const texts = {
  type: 'array',
  minItems: 1,
  items: bilingualText,
  problem: bilingual('至少一条', 'must be a list with at least one text'),
};

/** Everything but the parameters, whose form depends on the kind. */
export const fileSchema: SchemaNode = object(
  {
    format: { const: PARAMETER_FILE_FORMAT },
    id: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9-]{0,39}@\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}$',
      problem: like('name@1.0.0'),
    },
    kind: {
      enum: modelKinds,
      problem: bilingual(`应为 ${modelKinds.join(' | ')}`, `must be ${modelKinds.join(' | ')}`),
    },
    notice: { const: RESEARCH_USE_ONLY },
    title: bilingualText,
    sources: texts,
    limits: texts,
    training: { type: 'object' },
    parameters: {},
    checksum: { type: 'string', pattern: '^[0-9a-f]{64}$', problem: like('sha256') },
  },
  ['training'],
);

/** Strictly between 0 and 1. */
const probability = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 };
const fitted = eachFeature((feature) => {
  const { from, to } = sampleRange[feature];
  return object({ from: integer(from, to), to: integer(from, to) });
});

export const parameterSchemas: Readonly<Record<(typeof modelKinds)[number], SchemaNode>> = {
  'naive-bayes': object({
    prior: probability,
    threshold: probability,
    fitted,
    floor: eachFeature(() => number(0, 1)),
    bins: eachFeature((feature) => {
      const { from, to } = sampleRange[feature];
      const lr = { type: 'number', exclusiveMinimum: 0, maximum: 1e6 };
      return {
        type: 'array',
        items: object({ from: integer(from, to), to: integer(from, to), lr }),
        problem: bilingual('应为数组', 'must be a list of bins'),
      };
    }),
  }),
  logistic: object({
    threshold: probability,
    fitted,
    standardise: eachFeature(() => object({ mean: number(-1e6, 1e6), scale: number(1e-9, 1e6) })),
    intercept: number(-1e6, 1e6),
    terms: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: object({ ctdna: integer(0, 4), cpg: integer(0, 4), coefficient: number(-1e6, 1e6) }),
      problem: bilingual('应为1到20项的数组', 'must be a list of 1 to 20 terms'),
    },
  }),
};
