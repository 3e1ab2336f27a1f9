import { Ajv, type ErrorObject } from 'ajv';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { checksumOf, type Json } from './canonical-json';
import { features, sampleRange, type ComputeModel } from './compute-model';
import { LogisticModel } from './logistic.model';
import { NaiveBayesModel } from './naive-bayes.model';
import type { LikelihoodRatioBin, LogisticTerm, ParameterFile } from './parameter-file';
import { fileSchema, parameterSchemas, type SchemaNode } from './parameter-file.schema';

export type ParsedParameterFile =
  | { readonly ok: true; readonly file: ParameterFile; readonly model: ComputeModel }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Larger than any file of these kinds; a stray dump is not read into memory. */
export const MAX_PARAMETER_FILE_BYTES = 1_000_000;

/**
 * Reads a parameter file strictly: every key known, every number finite and in range, the bins
 * without gap or overlap, the checksum right. All problems are listed at once, none is repaired.
 */
export function parseParameterFile(text: string): ParsedParameterFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    const problem = bilingual(
      `不是有效的JSON（JSON不允许NaN和Infinity）：${reason}`,
      `is not JSON (which has neither NaN nor Infinity): ${reason}`,
    );
    return { ok: false, problems: [{ field: '', message: problem }] };
  }
  const problems = problemsOf(value);
  if (problems.length > 0) return { ok: false, problems };
  const file = value as ParameterFile;
  return { ok: true, file, model: buildModel(file) };
}

/** The one place that knows which class carries out which kind. */
function buildModel(file: ParameterFile): ComputeModel {
  switch (file.kind) {
    case 'naive-bayes':
      return new NaiveBayesModel(file.id, file.checksum, file.parameters);
    case 'logistic':
      return new LogisticModel(file.id, file.checksum, file.parameters);
  }
}

const ajv = new Ajv({ allErrors: true, verbose: true, keywords: ['problem'] });

function problemsOf(value: unknown): FieldProblem[] {
  const problems = schemaProblems(fileSchema, value, '');
  const file = value as ParameterFile | null;
  const schema = file && Object.hasOwn(parameterSchemas, file.kind) && parameterSchemas[file.kind];
  if (!schema || file.parameters === undefined) return problems;
  problems.push(...schemaProblems(schema, file.parameters, 'parameters'));
  problems.push(...contentProblems(file, problems));
  if (!problems.some(({ field }) => /^(parameters|checksum)/.test(field)))
    problems.push(...checksumProblems(file));
  return problems;
}

function checksumProblems({ checksum, parameters }: ParameterFile): FieldProblem[] {
  const actual = checksumOf(parameters as unknown as Json);
  if (checksum === actual) return [];
  const message = bilingual(
    `与参数不符：文件内为 ${checksum}，按参数计算为 ${actual}`,
    `does not fit the parameters: the file says ${checksum}, they give ${actual}`,
  );
  return [{ field: 'checksum', message }];
}

/** What a schema cannot say, about the parts that have the right form. */
function contentProblems(file: ParameterFile, known: readonly FieldProblem[]): FieldProblem[] {
  const hasForm = (path: string): boolean =>
    !known.some(({ field }) => `${path}.`.startsWith(`${field}.`) || field.startsWith(`${path}.`));
  const problems: FieldProblem[] = [];
  for (const feature of features) {
    const field = `parameters.fitted.${feature}`;
    if (!hasForm(field)) continue;
    const { from, to } = file.parameters.fitted[feature];
    if (to < from) problems.push({ field, message: endsBeforeItBegins });
  }
  if (file.kind === 'logistic') {
    const field = 'parameters.terms';
    return hasForm(field) ? [...problems, ...termProblems(field, file.parameters.terms)] : problems;
  }
  for (const feature of features) {
    const field = `parameters.bins.${feature}`;
    if (hasForm(field))
      problems.push(...binProblems(field, file.parameters.bins[feature], sampleRange[feature]));
  }
  return problems;
}

const endsBeforeItBegins = bilingual('上限小于下限', 'ends before it begins');
const overlaps = bilingual('与前一区间重叠', 'overlaps the bin before it');

/** Names each stretch of the accepted range that no bin holds, and each bin that overlaps another. */
function binProblems(
  field: string,
  bins: readonly LikelihoodRatioBin[],
  range: { readonly from: number; readonly to: number },
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const gap = (from: number, to: number): void => {
    const message = bilingual(`缺少区间 ${from} 到 ${to}`, `has no bin for ${from} to ${to}`);
    problems.push({ field, message });
  };
  let next = range.from;
  for (const [i, { from, to }] of bins.entries()) {
    if (to < from) problems.push({ field: `${field}.${i}`, message: endsBeforeItBegins });
    if (from > next) gap(next, from - 1);
    if (from < next) problems.push({ field: `${field}.${i}`, message: overlaps });
    next = Math.max(next, to + 1);
  }
  if (next <= range.to) gap(next, range.to);
  return problems;
}

function termProblems(field: string, terms: readonly LogisticTerm[]): FieldProblem[] {
  const seen = new Set<string>();
  return terms.flatMap(({ ctdna, cpg }, i) => {
    const powers = `${ctdna},${cpg}`;
    const message =
      powers === '0,0'
        ? bilingual('截距应写在intercept', 'is the intercept')
        : seen.has(powers) && bilingual('重复的项', 'repeats an earlier term');
    seen.add(powers);
    return message ? [{ field: `${field}.${i}`, message }] : [];
  });
}

function schemaProblems(schema: SchemaNode, value: unknown, root: string): FieldProblem[] {
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  const problems = new Map<string, FieldProblem>();
  for (const error of validate.errors ?? []) {
    const { missingProperty, additionalProperty } = error.params as Record<string, string>;
    const path = [...error.instancePath.split('/'), missingProperty, additionalProperty];
    const field = [root, ...path].filter(Boolean).join('.');
    const message = messageOf(error);
    problems.set(`${field} ${message.en}`, { field, message });
  }
  return [...problems.values()];
}

function messageOf({ keyword, data, parentSchema }: ErrorObject): Bilingual {
  const schema = parentSchema as SchemaNode;
  if (keyword === 'required') return bilingual('缺失', 'is missing');
  if (keyword === 'additionalProperties') return bilingual('未知字段', 'is not a known key');
  if (schema.problem) return schema.problem;
  if (schema.type === 'object') return bilingual('应为对象', 'must be an object');
  if (keyword === 'const') {
    const expected = JSON.stringify(schema.const);
    return bilingual(`应为 ${expected}`, `must be ${expected}`);
  }
  if (keyword === 'type' && typeof data === 'number')
    return bilingual('应为整数', 'must be a whole number');
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (keyword === 'exclusiveMinimum' || keyword === 'exclusiveMaximum')
    return below === undefined
      ? bilingual(`应大于${above}`, `must be above ${above}`)
      : bilingual(`应在${above}与${below}之间`, `must lie between ${above} and ${below}`);
  const [from, to] = [schema.minimum ?? above, schema.maximum ?? below];
  const given = JSON.stringify(data);
  return bilingual(
    `应为 ${from} 到 ${to} 之间的有限数值，实为 ${given}`,
    `must be a finite number from ${from} to ${to}, not ${given}`,
  );
}
