import { bilingual } from '../../../platform/i18n/bilingual';
import { below } from '../language/app-folder-path';
import type { ComposeSource } from '../language/compose-source';
import { interpolate, RequiredVariableError, type VariableLookup } from '../language/interpolate';
import { SourceReader, type Cursor } from '../language/source-reader';
import type { KeyPath } from '../language/yaml-source';

export type { Cursor } from '../language/source-reader';

/** Reads a Compose file: fills in variables and knows which keys are carried out. */
export class TemplateReader extends SourceReader {
  private readonly undefinedNames = new Set<string>();

  constructor(
    source: ComposeSource,
    private readonly lookup: VariableLookup,
  ) {
    super(source);
  }

  /** A scalar as text with its variables filled in. */
  override text(at: Cursor | null): string | null {
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

  /** A relative path as seen from the app's folder, wherever the file lies in which it stands. */
  located(at: Cursor, path: string): string {
    return below(this.source.folderOf(at.path), path);
  }

  /** Text that is a path. */
  path(at: Cursor | null): string | null {
    const path = this.name(at);
    return path === null || at === null ? path : this.located(at, path);
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

  protected override unknownKey(at: Cursor, key: string): void {
    this.unsupported(at, key);
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
