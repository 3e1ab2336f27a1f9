import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { parseByteSize } from '../language/byte-size';
import type { TemplateProblem } from '../language/template-problem';

/** Reads typed values out of a JSON file and notes what is wrong, with key and line. */
export class JsonReader {
  readonly problems: TemplateProblem[] = [];
  readonly root: JsonPart;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    let value: unknown = null;
    try {
      value = JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch (error) {
      const reason = error instanceof Error ? error.message : '';
      this.report('', bilingual(`不是有效的 JSON：${reason}`, `not valid JSON: ${reason}`));
    }
    this.root = new JsonPart(this, value, '');
  }

  report(key: string, message: Bilingual): void {
    this.problems.push({
      kind: 'broken',
      code: 'bad-metadata',
      key,
      file: this.file,
      line: this.lineOf(key),
      message,
    });
  }

  /** The line on which the last part of the key first appears: near enough for a small file. */
  private lineOf(key: string): number | null {
    const name = key.split('.').findLast((part) => !/^\d+$/.test(part));
    if (!name) return null;
    const index = this.text.indexOf(`"${name}"`);
    return index < 0 ? null : this.text.slice(0, index).split('\n').length;
  }
}

/** One value of a JSON file; absent values read as null without complaint. */
export class JsonPart {
  constructor(
    private readonly reader: JsonReader,
    readonly value: unknown,
    readonly key: string,
  ) {}

  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  at(name: string): JsonPart {
    const child = isObject(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : null;
    return new JsonPart(this.reader, child, this.key ? `${this.key}.${name}` : name);
  }

  /** The value as an object whose keys are all known; others (but for `x-…`) are reported. */
  object(known: readonly string[]): this | null {
    if (this.absent) return null;
    if (!isObject(this.value)) {
      this.wrong(bilingual('应为对象', 'must be an object'));
      return null;
    }
    for (const name of Object.keys(this.value)) {
      if (known.includes(name) || name.startsWith('x-')) continue;
      this.at(name).wrong(bilingual(`未知的键 ${name}`, `unknown key ${name}`));
    }
    return this;
  }

  entries(): [string, JsonPart][] {
    return isObject(this.value) ? Object.keys(this.value).map((name) => [name, this.at(name)]) : [];
  }

  list(): JsonPart[] {
    if (this.absent) return [];
    if (!Array.isArray(this.value)) {
      this.wrong(bilingual('应为列表', 'must be a list'));
      return [];
    }
    return this.value.map(
      (item: unknown, index) => new JsonPart(this.reader, item, `${this.key}.${index}`),
    );
  }

  text({ max = 2000, pattern = null as RegExp | null } = {}): string | null {
    if (this.absent) return null;
    if (typeof this.value === 'string' && this.value !== '' && this.value.length <= max) {
      if (!pattern || pattern.test(this.value)) return this.value;
    }
    this.wrong(bilingual('文本无效', 'not a valid text here'));
    return null;
  }

  oneOf<T extends string>(allowed: readonly T[]): T | null {
    if (this.absent) return null;
    const found = allowed.find((value) => value === this.value);
    if (found === undefined) {
      this.wrong(
        bilingual(`应为其中之一：${allowed.join('、')}`, `must be one of: ${allowed.join(', ')}`),
      );
    }
    return found ?? null;
  }

  integer(min: number, max: number): number | null {
    if (this.absent) return null;
    if (Number.isInteger(this.value) && Number(this.value) >= min && Number(this.value) <= max) {
      return Number(this.value);
    }
    this.wrong(
      bilingual(`应为 ${min} 到 ${max} 的整数`, `must be an integer from ${min} to ${max}`),
    );
    return null;
  }

  boolean(): boolean | null {
    if (this.absent) return null;
    if (typeof this.value === 'boolean') return this.value;
    this.wrong(bilingual('应为 true 或 false', 'must be true or false'));
    return null;
  }

  bytes(): number | null {
    const text = typeof this.value === 'number' ? String(this.value) : this.text();
    if (text === null) return null;
    const parsed = parseByteSize(text);
    if (parsed === null) this.wrong(bilingual('应为大小，如 512m', 'must be a size, such as 512m'));
    return parsed;
  }

  bilingual(): Bilingual | null {
    const object = this.object(['zh', 'en']);
    if (!object) return null;
    const zh = object.at('zh').text();
    const en = object.at('en').text();
    if (zh !== null && en !== null) return { zh, en };
    this.wrong(bilingual('需要 zh 与 en 两种语言', 'needs both languages, zh and en'));
    return null;
  }

  wrong(message: Bilingual): void {
    this.reader.report(this.key, message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
