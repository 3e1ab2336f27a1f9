import { bilingual } from '../../../platform/i18n/bilingual';
import type { ComposeSource } from './compose-source';
import { isMapping } from './plain-data';
import { parseByteSize, parseDuration } from './quantities';
import type { ProblemKind, TemplateProblem } from './template-problem';
import type { KeyPath } from './yaml-source';

/** A value of a file and where it stands. */
export interface Cursor {
  readonly value: unknown;
  readonly path: KeyPath;
}

/** Makes its path only for those who ask: most values have no problem to tell. */
class Below implements Cursor {
  constructor(
    readonly value: unknown,
    private readonly parent: Cursor,
    private readonly key: string | number,
  ) {}

  get path(): KeyPath {
    return [...this.parent.path, this.key];
  }
}

/** Lists of known keys, by the text in which they stand. */
const keySets = new Map<string, ReadonlySet<string>>();

function keysIn(words: string): ReadonlySet<string> {
  const known = keySets.get(words);
  if (known) return known;
  const keys = new Set(words.split(/\s+/));
  keySets.set(words, keys);
  return keys;
}

/**
 * Reads typed values out of a YAML or JSON file and reports what is wrong with key and line. A value of the
 * wrong kind is reported and read as null, so one reading finds every problem.
 */
export class SourceReader {
  private readonly found: TemplateProblem[] = [];
  /** Code of a problem with a value. */
  protected readonly valueCode: string = 'bad-value';

  constructor(protected readonly source: ComposeSource) {}

  get problems(): readonly TemplateProblem[] {
    return this.found;
  }

  get root(): Cursor {
    return { value: this.source.data, path: [] };
  }

  report(
    kind: ProblemKind,
    code: string,
    at: { readonly path: KeyPath },
    zh: string,
    en: string,
  ): void {
    const key = at.path.join('.');
    if (this.found.some((other) => other.code === code && other.key === key)) return;
    const line = this.source.lineOf(at.path);
    const file = this.source.fileOf(at.path);
    this.found.push({ kind, code, key, file, line, message: bilingual(zh, en) });
  }

  /** The entries of a map; anything else but null is reported. */
  entries(at: Cursor | null): [string, Cursor][] {
    if (at === null || at.value === null || at.value === undefined) return [];
    if (!isMapping(at.value)) {
      this.wrong(at, '应为键值映射', 'must be a mapping');
      return [];
    }
    return Object.entries(at.value).map(([key, value]) => [key, new Below(value, at, key)]);
  }

  /** The value at a key of a map; null where it is absent or null. */
  at(parent: Cursor, key: string): Cursor | null {
    if (!isMapping(parent.value) || !Object.hasOwn(parent.value, key)) return null;
    const value = parent.value[key];
    return value === null ? null : new Below(value, parent, key);
  }

  list(at: Cursor | null): Cursor[] {
    if (at === null || at.value === null || at.value === undefined) return [];
    if (!Array.isArray(at.value)) {
      this.wrong(at, '应为列表', 'must be a list');
      return [];
    }
    return at.value.map((value: unknown, index) => new Below(value, at, index));
  }

  isList(at: Cursor | null): boolean {
    return Array.isArray(at?.value);
  }

  isMap(at: Cursor | null): boolean {
    return isMapping(at?.value);
  }

  /** A scalar as text, as it is written. */
  raw(at: Cursor | null): string | null {
    if (at === null || at.value === null || at.value === undefined) return null;
    if (typeof at.value === 'string') return at.value;
    if (typeof at.value === 'number' || typeof at.value === 'boolean') return String(at.value);
    this.wrong(at, '应为单个值', 'must be a single value');
    return null;
  }

  /** A scalar as text. */
  text(at: Cursor | null): string | null {
    return this.raw(at);
  }

  /** Text that is not empty. */
  name(at: Cursor | null): string | null {
    const text = this.text(at)?.trim();
    return text ? text : null;
  }

  boolean(at: Cursor | null): boolean | null {
    const text = this.text(at)?.trim().toLowerCase();
    if (text === undefined || text === '') return null;
    if (['true', 'yes', 'on', 'y', '1'].includes(text)) return true;
    if (['false', 'no', 'off', 'n', '0'].includes(text)) return false;
    this.wrong(at, '应为 true 或 false', 'must be true or false');
    return null;
  }

  integer(at: Cursor | null, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | null {
    const text = this.text(at)?.trim();
    if (text === undefined || text === '') return null;
    const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.wrong(at, `应为 ${min} 到 ${max} 的整数`, `must be an integer from ${min} to ${max}`);
    return null;
  }

  decimal(at: Cursor | null): number | null {
    const text = this.text(at)?.trim();
    if (text === undefined || text === '') return null;
    if (/^\d+(\.\d+)?$|^\.\d+$/.test(text)) return Number(text);
    this.wrong(at, '应为非负数', 'must not be negative');
    return null;
  }

  /** Nanoseconds. */
  duration(at: Cursor | null): number | null {
    const text = this.name(at);
    if (text === null) return null;
    const parsed = parseDuration(text);
    if (parsed === null) {
      this.wrong(at, '应为带单位的时长，如 30s', 'must be a duration with a unit, such as 30s');
    }
    return parsed;
  }

  bytes(at: Cursor | null): number | null {
    const text = this.name(at);
    if (text === null) return null;
    const parsed = parseByteSize(text);
    if (parsed === null) {
      this.wrong(at, '应为大小，如 512m', 'must be a size, such as 512m');
    }
    return parsed;
  }

  /** The items of a list, or the one value that stands in its place. */
  items(at: Cursor | null): Cursor[] {
    return at !== null && !this.isList(at) ? [at] : this.list(at);
  }

  /** One text or a list of texts; empty ones are left out. */
  texts(at: Cursor | null): string[] {
    if (at === null) return [];
    return this.items(at)
      .map((item) => this.text(item))
      .filter((text): text is string => Boolean(text));
  }

  /** A mapping, or a list of `NAME=value`. A name without a value is null. */
  pairs(at: Cursor | null, separator = '='): Map<string, string | null> {
    const pairs = new Map<string, string | null>();
    if (this.isList(at)) {
      for (const item of this.list(at)) {
        const text = this.text(item);
        if (text === null || text === '') continue;
        const cut = text.indexOf(separator);
        pairs.set(
          cut < 0 ? text : text.slice(0, cut),
          cut < 0 ? null : text.slice(cut + separator.length),
        );
      }
      return pairs;
    }
    for (const [key, value] of this.entries(at)) pairs.set(key, this.text(value));
    return pairs;
  }

  /** The same with empty text for names without a value. */
  definedPairs(at: Cursor | null): Map<string, string> {
    const pairs = new Map<string, string>();
    if (at === null) return pairs;
    for (const [key, value] of this.pairs(at)) pairs.set(key, value ?? '');
    return pairs;
  }

  /** Reports every key that is neither one of `known`, words in one text, nor an extension (`x-…`). */
  checkKeys(at: Cursor | null, known: string): void {
    const names = keysIn(known);
    for (const [key, value] of this.entries(at)) {
      if (!names.has(key) && !key.startsWith('x-')) this.unknownKey(value, key);
    }
  }

  wrong(at: Cursor | null, zh: string, en: string): void {
    if (at) this.report('broken', this.valueCode, at, zh, en);
  }

  protected unknownKey(at: Cursor, key: string): void {
    this.wrong(at, `未知的键 ${key}`, `unknown key ${key}`);
  }
}
