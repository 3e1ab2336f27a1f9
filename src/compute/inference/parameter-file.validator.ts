import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { checksumOf, type Json } from './canonical-json';
import { features, sampleRange, type ComputeModel, type Feature } from './compute-model';
import { LogisticModel } from './logistic.model';
import { NaiveBayesModel } from './naive-bayes.model';
import { modelKinds, PARAMETER_FILE_FORMAT, RESEARCH_USE_ONLY } from './parameter-file';
import type { ParameterFile } from './parameter-file';

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
  const reader = new StrictReader();
  reader.file(value);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const file = value as ParameterFile;
  return { ok: true, file, model: buildModel(file) };
}

/** The one place that knows which class carries out which kind. */
export function buildModel(file: ParameterFile): ComputeModel {
  switch (file.kind) {
    case 'naive-bayes':
      return new NaiveBayesModel(file.id, file.checksum, file.parameters);
    case 'logistic':
      return new LogisticModel(file.id, file.checksum, file.parameters);
  }
}

type Fields = Record<string, unknown>;

class StrictReader {
  readonly problems: FieldProblem[] = [];

  file(value: unknown): void {
    const required = [
      'format',
      'id',
      'kind',
      'notice',
      'title',
      'sources',
      'limits',
      'parameters',
      'checksum',
    ];
    const file = this.object('', value, required, ['training']);
    if (!file) return;
    this.constant('format', file.format, PARAMETER_FILE_FORMAT);
    this.constant('notice', file.notice, RESEARCH_USE_ONLY);
    this.matches(
      'id',
      file.id,
      /^[a-z0-9][a-z0-9-]{0,39}@\d{1,4}\.\d{1,4}\.\d{1,4}$/,
      'name@1.0.0',
    );
    this.text('title', file.title);
    this.texts('sources', file.sources);
    this.texts('limits', file.limits);
    if (file.training !== undefined) this.object('training', file.training);
    const before = this.problems.length;
    if (file.kind === 'naive-bayes') this.naiveBayes(file.parameters);
    else if (file.kind === 'logistic') this.logistic(file.parameters);
    else this.constant('kind', file.kind, modelKinds.join(' | '));
    if (this.problems.length === before) this.checksum(file.checksum, file.parameters);
    else this.matches('checksum', file.checksum, /^[0-9a-f]{64}$/, 'sha256');
  }

  private checksum(value: unknown, parameters: unknown): void {
    const actual = checksumOf(parameters as Json);
    if (value === actual) return;
    this.add(
      'checksum',
      `与参数不符：文件内为 ${JSON.stringify(value)}，按参数计算为 ${actual}`,
      `does not fit the parameters: the file says ${JSON.stringify(value)}, they give ${actual}`,
    );
  }

  private naiveBayes(value: unknown): void {
    const at = 'parameters';
    const keys = ['prior', 'threshold', 'fitted', 'floor', 'bins'];
    const parameters = this.object(at, value, keys);
    if (!parameters) return;
    this.open(`${at}.prior`, parameters.prior);
    this.open(`${at}.threshold`, parameters.threshold);
    this.fitted(`${at}.fitted`, parameters.fitted);
    const floor = this.object(`${at}.floor`, parameters.floor, features);
    const bins = this.object(`${at}.bins`, parameters.bins, features);
    for (const feature of features) {
      if (floor) this.number(`${at}.floor.${feature}`, floor[feature], 0, 1);
      if (bins) this.bins(`${at}.bins.${feature}`, bins[feature], feature);
    }
  }

  /** Names each stretch of the accepted range that no bin holds, and each that two hold. */
  private bins(at: string, value: unknown, feature: Feature): void {
    const range = sampleRange[feature];
    if (!Array.isArray(value)) {
      this.add(at, '应为数组', 'must be a list of bins');
      return;
    }
    let next: number = range.from;
    for (const [i, item] of value.entries()) {
      const bin = this.object(`${at}.${i}`, item, ['from', 'to', 'lr']);
      if (!bin) return;
      const whole =
        this.integer(`${at}.${i}.from`, bin.from, range.from, range.to) &&
        this.integer(`${at}.${i}.to`, bin.to, range.from, range.to);
      const lr = this.number(`${at}.${i}.lr`, bin.lr, 0, 1e6);
      if (lr && bin.lr === 0) this.add(`${at}.${i}.lr`, '应大于0', 'must be above 0');
      if (!whole) return;
      const [from, to] = [bin.from as number, bin.to as number];
      if (to < from) this.add(`${at}.${i}`, `上限小于下限`, `ends before it begins`);
      if (from > next) this.missing(at, next, from - 1);
      if (from < next) this.add(`${at}.${i}`, `与前一区间重叠`, `overlaps the bin before it`);
      next = Math.max(next, to + 1);
    }
    if (next <= range.to) this.missing(at, next, range.to);
  }

  private missing(at: string, from: number, to: number): void {
    this.add(at, `缺少区间 ${from} 到 ${to}`, `has no bin for ${from} to ${to}`);
  }

  private logistic(value: unknown): void {
    const at = 'parameters';
    const keys = ['threshold', 'fitted', 'standardise', 'intercept', 'terms'];
    const parameters = this.object(at, value, keys);
    if (!parameters) return;
    this.open(`${at}.threshold`, parameters.threshold);
    this.fitted(`${at}.fitted`, parameters.fitted);
    this.number(`${at}.intercept`, parameters.intercept, -1e6, 1e6);
    const standardise = this.object(`${at}.standardise`, parameters.standardise, features);
    for (const feature of standardise ? features : []) {
      const path = `${at}.standardise.${feature}`;
      const one = this.object(path, standardise?.[feature], ['mean', 'scale']);
      if (!one) continue;
      this.number(`${path}.mean`, one.mean, -1e6, 1e6);
      this.number(`${path}.scale`, one.scale, 1e-9, 1e6);
    }
    this.terms(`${at}.terms`, parameters.terms);
  }

  private terms(at: string, value: unknown): void {
    if (!Array.isArray(value) || value.length === 0 || value.length > 20) {
      this.add(at, '应为1到20项的数组', 'must be a list of 1 to 20 terms');
      return;
    }
    const seen = new Set<string>();
    for (const [i, item] of value.entries()) {
      const term = this.object(`${at}.${i}`, item, ['ctdna', 'cpg', 'coefficient']);
      if (!term) continue;
      this.number(`${at}.${i}.coefficient`, term.coefficient, -1e6, 1e6);
      const powers =
        this.integer(`${at}.${i}.ctdna`, term.ctdna, 0, 4) &&
        this.integer(`${at}.${i}.cpg`, term.cpg, 0, 4);
      if (!powers) continue;
      const key = `${String(term.ctdna)},${String(term.cpg)}`;
      if (key === '0,0') this.add(`${at}.${i}`, '截距应写在intercept', 'is the intercept');
      if (seen.has(key)) this.add(`${at}.${i}`, '重复的项', 'repeats an earlier term');
      seen.add(key);
    }
  }

  private fitted(at: string, value: unknown): void {
    const fitted = this.object(at, value, features);
    if (!fitted) return;
    for (const feature of features) {
      const { from, to } = sampleRange[feature];
      const range = this.object(`${at}.${feature}`, fitted[feature], ['from', 'to']);
      if (!range) continue;
      const whole =
        this.integer(`${at}.${feature}.from`, range.from, from, to) &&
        this.integer(`${at}.${feature}.to`, range.to, from, to);
      if (whole && (range.to as number) < (range.from as number)) {
        this.add(`${at}.${feature}`, '上限小于下限', 'ends before it begins');
      }
    }
  }

  private object(
    at: string,
    value: unknown,
    required?: readonly string[],
    optional: readonly string[] = [],
  ): Fields | null {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      this.add(at, '应为对象', 'must be an object');
      return null;
    }
    if (!required) return value as Fields;
    const path = (key: string): string => (at ? `${at}.${key}` : key);
    for (const key of required)
      if (!Object.hasOwn(value, key)) this.add(path(key), '缺失', 'is missing');
    for (const key of Object.keys(value)) {
      if (required.includes(key) || optional.includes(key)) continue;
      this.add(path(key), '未知字段', 'is not a known key');
    }
    return value as Fields;
  }

  private number(at: string, value: unknown, from: number, to: number): boolean {
    if (value === undefined) return false; // already reported as missing
    if (typeof value === 'number' && value >= from && value <= to) return true;
    const given = JSON.stringify(value);
    this.add(
      at,
      `应为 ${from} 到 ${to} 之间的有限数值，实为 ${given}`,
      `must be a finite number from ${from} to ${to}, not ${given}`,
    );
    return false;
  }

  private integer(at: string, value: unknown, from: number, to: number): boolean {
    if (!this.number(at, value, from, to)) return false;
    if (Number.isInteger(value)) return true;
    this.add(at, '应为整数', 'must be a whole number');
    return false;
  }

  /** Strictly between 0 and 1. */
  private open(at: string, value: unknown): void {
    if (!this.number(at, value, 0, 1)) return;
    if (value === 0 || value === 1) this.add(at, '应在0与1之间', 'must lie between 0 and 1');
  }

  private constant(at: string, value: unknown, expected: string): void {
    if (value === undefined || value === expected) return;
    this.add(at, `应为 ${JSON.stringify(expected)}`, `must be ${JSON.stringify(expected)}`);
  }

  private matches(at: string, value: unknown, pattern: RegExp, like: string): void {
    if (value === undefined || (typeof value === 'string' && pattern.test(value))) return;
    this.add(at, `格式应如 ${like}`, `must look like ${like}`);
  }

  private text(at: string, value: unknown): void {
    if (value === undefined) return;
    const text = this.object(at, value, ['zh', 'en']) as Partial<Bilingual> | null;
    for (const language of text ? (['zh', 'en'] as const) : []) {
      const given: unknown = text?.[language];
      if (given === undefined) continue;
      if (typeof given === 'string' && given.trim() && given.length <= 2000) continue;
      this.add(
        `${at}.${language}`,
        '应为1到2000字的文本',
        'must be a text of 1 to 2000 characters',
      );
    }
  }

  private texts(at: string, value: unknown): void {
    if (value === undefined) return;
    if (!Array.isArray(value) || value.length === 0) {
      this.add(at, '至少一条', 'must be a list with at least one text');
      return;
    }
    for (const [i, item] of value.entries()) this.text(`${at}.${i}`, item);
  }

  private add(field: string, zh: string, en: string): void {
    this.problems.push({ field, message: bilingual(zh, en) });
  }
}
