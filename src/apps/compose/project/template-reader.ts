import { below } from '../language/app-folder-path';
import type { ComposeSource } from '../language/compose-source';
import {
  blankStart,
  interpolate,
  invalidFormat,
  RequiredVariableError,
  type VariableLookup,
} from '../language/interpolate';
import { SourceReader, type Cursor } from '../language/source-reader';
import type { KeyPath } from '../language/yaml-source';

export type { Cursor } from '../language/source-reader';

/** Reads a Compose file: fills in variables and knows which keys are carried out. */
export class TemplateReader extends SourceReader {
  private readonly undefinedNames = new Set<string>();

  /** @param leased variables of published ports: they have a value as soon as the app is installed */
  constructor(
    source: ComposeSource,
    private readonly lookup: VariableLookup,
    private readonly leased: ReadonlySet<string> = new Set(),
  ) {
    super(source);
  }

  /** A scalar as text with its variables filled in. */
  override text(at: Cursor | null): string | null {
    const raw = this.raw(at);
    if (raw === null || at === null || !raw.includes('$')) return raw;
    const invalid = invalidFormat(raw);
    if (invalid !== null) {
      this.report(
        'broken',
        'bad-interpolation',
        at,
        `"${invalid}" 不是有效的变量写法；要保留 $ 请写成 $$`,
        `"${invalid}" is not a valid variable: write $$ for a literal $`,
      );
      return null;
    }
    try {
      return interpolate(raw, this.lookup, (name) => this.noteUndefined(name, at));
    } catch (error) {
      if (!(error instanceof RequiredVariableError)) throw error;
      const { variable, reason } = error;
      this.report(
        'broken',
        'variable-required',
        at,
        `变量 ${variable} 必须有值${reason ? `：${reason}` : ''}`,
        `the variable ${variable} needs a value${reason ? `: ${reason}` : ''}`,
      );
      return null;
    }
  }

  /** A relative path as seen from the app's folder, wherever the file lies in which it stands. */
  located(at: Cursor, path: string): string {
    return below(this.source.folderOf(at.path), path);
  }

  /** Text that is a path; null where it begins with a blank variable, which is reported. */
  path(at: Cursor | null): string | null {
    const path = this.name(at);
    if (path === null || at === null) return path;
    return this.refuseBlankStart(at) ? null : this.located(at, path);
  }

  /**
   * Whether a path begins with a variable that is blank: `${FOLDER}/data` without a value would be `/data` of
   * the host. Reported, for trusted catalogs as well.
   */
  refuseBlankStart(at: Cursor): boolean {
    const names = blankStart(this.raw(at) ?? '', this.lookup).join(', ');
    if (names === '') return false;
    this.report(
      'broken',
      'blank-path',
      at,
      `路径以空变量 ${names} 开头，会变成主机上的路径：请为该变量设置值`,
      `the path begins with the blank variable ${names} and would become a path of the host: give it a value`,
    );
    return true;
  }

  /** Entries of a map of resources; a key that cannot be part of the engine's names is reported and left out. */
  namedEntries(at: Cursor | null): [string, Cursor][] {
    return this.entries(at).filter(([key, item]) => this.isResourceName(key, item));
  }

  /** Whether text can be part of a name on the engine; reported where it cannot. */
  isResourceName(text: string, at: { readonly path: KeyPath }): boolean {
    if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(text)) return true;
    this.report(
      'broken',
      'bad-name',
      at,
      `名称 "${text}" 无效（字母、数字和 _.-，以字母或数字开头）`,
      `"${text}" is not a valid name (letters, digits and _.-, a letter or digit first)`,
    );
    return false;
  }

  unsupported(at: { readonly path: KeyPath }, name: string): void {
    this.report(
      'unsupported',
      'unsupported-key',
      at,
      `尚不支持 ${name}`,
      `${name} is not supported`,
    );
  }

  /** Says that a key has no meaning on a single engine, so that it is not ignored in silence. */
  withoutEffect(at: Cursor | null, name: string): void {
    if (at === null) return;
    this.report(
      'note',
      'without-effect',
      at,
      `${name} 在单个引擎上不起作用`,
      `${name} has no effect on a single engine`,
    );
  }

  protected override unknownKey(at: Cursor, key: string): void {
    this.unsupported(at, key);
  }

  private noteUndefined(name: string, at: Cursor): void {
    if (this.undefinedNames.has(name) || this.leased.has(name)) return;
    this.undefinedNames.add(name);
    this.report(
      'note',
      'variable-undefined',
      at,
      `变量 ${name} 未定义，按空值处理`,
      `the variable ${name} is not defined and counts as empty`,
    );
  }
}
