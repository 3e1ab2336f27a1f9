import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { parseByteSize } from '../language/byte-size';
import type { ComposeSource } from '../language/compose-source';
import { parseDuration } from '../language/duration';
import { interpolate, RequiredVariableError, type VariableLookup } from '../language/interpolate';
import type { KeyPath } from '../language/key-path';
import type { ProblemKind, TemplateProblem } from '../language/template-problem';
import { below } from '../language/app-folder-path';

/** A value of the Compose file and where it stands. */
export interface Cursor {
  readonly value: unknown;
  readonly path: KeyPath;
}

/**
 * Reads typed values out of a Compose file, fills in the variables on the way and notes what is wrong
 * with its key and line. A value that is not of the wanted kind is reported and read as null; so a
 * template tells all its problems at once.
 */
export class TemplateReader {
  private readonly found: TemplateProblem[] = [];
  private readonly undefinedNames = new Set<string>();

  constructor(
    private readonly source: ComposeSource,
    private readonly lookup: VariableLookup,
  ) {}

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
    message: Bilingual,
  ): void {
    const key = at.path.join('.');
    if (this.found.some((other) => other.code === code && other.key === key)) return;
    const line = this.source.lineOf(at.path);
    this.found.push({ kind, code, key, file: this.source.fileOf(at.path), line, message });
  }

  /** The entries of a map; anything else but null is reported. */
  entries(at: Cursor | null): [string, Cursor][] {
    if (at === null || at.value === null || at.value === undefined) return [];
    if (!isMapping(at.value)) {
      this.wrong(at, bilingual('应为键值映射', 'must be a mapping'));
      return [];
    }
    return Object.entries(at.value).map(([key, value]) => [
      key,
      { value, path: [...at.path, key] },
    ]);
  }

  /** The value at a key of a map; null where it is absent or null. */
  at(parent: Cursor, key: string): Cursor | null {
    if (!isMapping(parent.value) || !Object.hasOwn(parent.value, key)) return null;
    const value = parent.value[key];
    return value === null ? null : { value, path: [...parent.path, key] };
  }

  list(at: Cursor | null): Cursor[] {
    if (at === null || at.value === null || at.value === undefined) return [];
    if (!Array.isArray(at.value)) {
      this.wrong(at, bilingual('应为列表', 'must be a list'));
      return [];
    }
    return at.value.map((value: unknown, index) => ({ value, path: [...at.path, index] }));
  }

  isList(at: Cursor | null): boolean {
    return Array.isArray(at?.value);
  }

  isMap(at: Cursor | null): boolean {
    return isMapping(at?.value);
  }

  /** A scalar as text, without filling in variables. */
  raw(at: Cursor | null): string | null {
    if (at === null || at.value === null || at.value === undefined) return null;
    if (typeof at.value === 'string') return at.value;
    if (typeof at.value === 'number' || typeof at.value === 'boolean') return String(at.value);
    this.wrong(at, bilingual('应为单个值', 'must be a single value'));
    return null;
  }

  /** A scalar as text with its variables filled in. */
  text(at: Cursor | null): string | null {
    const raw = this.raw(at);
    if (raw === null || at === null || !raw.includes('$')) return raw;
    try {
      return interpolate(raw, this.lookup, (name) => this.noteUndefined(name, at));
    } catch (error) {
      if (!(error instanceof RequiredVariableError)) throw error;
      const { variable, reason } = error;
      this.report(
        'broken',
        'variable-required',
        at,
        bilingual(
          `变量 ${variable} 必须有值${reason ? `：${reason}` : ''}`,
          `the variable ${variable} needs a value${reason ? `: ${reason}` : ''}`,
        ),
      );
      return null;
    }
  }

  /** Text that is not empty. */
  name(at: Cursor | null): string | null {
    const text = this.text(at)?.trim();
    return text ? text : null;
  }

  /** A relative path as seen from the app's folder, wherever the file lies in which it stands. */
  located(at: Cursor, path: string): string {
    return below(this.source.folderOf(at.path), path);
  }

  /** Text that is a path. */
  path(at: Cursor | null): string | null {
    const path = this.name(at);
    return path === null || at === null ? path : this.located(at, path);
  }

  boolean(at: Cursor | null): boolean | null {
    const text = this.text(at)?.trim().toLowerCase();
    if (text === undefined || text === '') return null;
    if (['true', 'yes', 'on', 'y', '1'].includes(text)) return true;
    if (['false', 'no', 'off', 'n', '0'].includes(text)) return false;
    this.wrong(at, bilingual('应为 true 或 false', 'must be true or false'));
    return null;
  }

  integer(at: Cursor | null, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | null {
    const text = this.text(at)?.trim();
    if (text === undefined || text === '') return null;
    const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.wrong(
      at,
      bilingual(`应为 ${min} 到 ${max} 的整数`, `must be an integer from ${min} to ${max}`),
    );
    return null;
  }

  decimal(at: Cursor | null): number | null {
    const text = this.text(at)?.trim();
    if (text === undefined || text === '') return null;
    if (/^\d+(\.\d+)?$|^\.\d+$/.test(text)) return Number(text);
    this.wrong(at, bilingual('应为非负数', 'must be a number that is not negative'));
    return null;
  }

  /** Nanoseconds. */
  duration(at: Cursor | null): number | null {
    const text = this.name(at);
    if (text === null) return null;
    const parsed = parseDuration(text);
    if (parsed === null) {
      this.wrong(
        at,
        bilingual('应为带单位的时长，如 30s', 'must be a duration with a unit, such as 30s'),
      );
    }
    return parsed;
  }

  bytes(at: Cursor | null): number | null {
    const text = this.name(at);
    if (text === null) return null;
    const parsed = parseByteSize(text);
    if (parsed === null) {
      this.wrong(at, bilingual('应为大小，如 512m', 'must be a size, such as 512m'));
    }
    return parsed;
  }

  /** One text or a list of texts; empty ones are left out. */
  texts(at: Cursor | null): string[] {
    if (at === null) return [];
    const items = this.isList(at) ? this.list(at) : [at];
    return items.map((item) => this.text(item)).filter((text): text is string => Boolean(text));
  }

  /**
   * A mapping, or a list of `NAME=value`. A name without a value is null. Keys of a mapping are taken as
   * they stand; list items are filled in as a whole.
   */
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
    return new Map([...this.pairs(at)].map(([key, value]) => [key, value ?? '']));
  }

  /** Reports every key that is neither in `known` nor an extension (`x-…`). */
  checkKeys(at: Cursor, known: ReadonlySet<string>): void {
    for (const [key, value] of this.entries(at)) {
      if (known.has(key) || key.startsWith('x-')) continue;
      this.unsupported(value, key);
    }
  }

  unsupported(at: { readonly path: KeyPath }, name: string): void {
    this.report(
      'unsupported',
      'unsupported-key',
      at,
      bilingual(`尚不支持 ${name}`, `${name} is not supported`),
    );
  }

  /** Says that a key has no meaning on a single engine, so that it is not ignored in silence. */
  withoutEffect(at: Cursor | null, name: string): void {
    if (at === null) return;
    this.report(
      'note',
      'without-effect',
      at,
      bilingual(`${name} 在单个引擎上不起作用`, `${name} has no effect on a single engine`),
    );
  }

  wrong(at: Cursor | null, message: Bilingual): void {
    if (at) this.report('broken', 'bad-value', at, message);
  }

  private noteUndefined(name: string, at: Cursor): void {
    if (this.undefinedNames.has(name)) return;
    this.undefinedNames.add(name);
    this.report(
      'note',
      'variable-undefined',
      at,
      bilingual(
        `变量 ${name} 未定义，按空值处理`,
        `the variable ${name} is not defined and counts as empty`,
      ),
    );
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
