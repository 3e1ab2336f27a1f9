import { type Bilingual } from '../../../platform/i18n/bilingual';
import { singleSource } from '../language/compose-source';
import { SourceReader, type Cursor } from '../language/source-reader';
import { parseYaml, YamlError, type YamlSource } from '../language/yaml-source';

/** Reads an `app.json`. */
export class AppJsonReader extends SourceReader {
  protected override readonly valueCode = 'bad-metadata';

  constructor(text: string) {
    let source: YamlSource = { data: null, text, lineOf: () => null };
    let failure: YamlError | null = null;
    try {
      source = parseYaml(text, 'json');
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { line } = (failure = error);
      source = { ...source, lineOf: () => line };
    }
    super(singleSource(source, 'app.json'));
    if (failure) {
      const { message } = failure;
      this.wrong(this.root, `不是有效的 JSON：${message}`, `not valid JSON: ${message}`);
    } else if (!this.isMap(this.root)) {
      this.wrong(this.root, 'app.json 应为对象', 'app.json must hold an object');
    }
  }

  /** The map at a key, whose other keys are reported; null where there is none. */
  map(parent: Cursor, key: string, known: string): Cursor | null {
    const at = this.at(parent, key);
    this.checkKeys(at, known);
    return at && this.isMap(at) ? at : null;
  }

  /** Text that is not empty and, unlike a scalar in YAML, no number. */
  string(
    parent: Cursor,
    key: string,
    { max = 2000, pattern = /^/ }: { max?: number; pattern?: RegExp } = {},
  ): string | null {
    const at = this.at(parent, key);
    if (!at) return null;
    const { value } = at;
    if (typeof value === 'string' && value !== '' && value.length <= max && pattern.test(value)) {
      return value;
    }
    this.wrong(at, '文本无效', 'is not a valid text');
    return null;
  }

  strings(at: Cursor | null): string[] {
    return this.list(at).flatMap((item) => {
      if (typeof item.value === 'string' && item.value !== '') return [item.value];
      this.wrong(item, '文本无效', 'is not a valid text');
      return [];
    });
  }

  oneOf<T extends string>(parent: Cursor, key: string, allowed: readonly T[]): T | null {
    const at = this.at(parent, key);
    const found = allowed.find((value) => value === at?.value);
    if (at && found === undefined) {
      this.wrong(
        at,
        `应为其中之一：${allowed.join('、')}`,
        `must be one of: ${allowed.join(', ')}`,
      );
    }
    return found ?? null;
  }

  bilingual(parent: Cursor, key: string): Bilingual | null {
    const at = this.map(parent, key, 'zh en');
    if (!at) return null;
    const [zh, en] = [this.string(at, 'zh'), this.string(at, 'en')];
    if (zh !== null && en !== null) return { zh, en };
    this.wrong(at, '需要 zh 与 en 两种语言', 'needs both languages, zh and en');
    return null;
  }
}
