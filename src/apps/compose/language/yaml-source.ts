import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import { lineInPlainYaml } from './plain-lines';
import { readPlainYaml } from './plain-yaml';

/** Path of a key, e.g. `['services', 'web', 'ports', 0]`. */
export type KeyPath = readonly (string | number)[];

/** A parsed YAML text that still knows on which line each key stands. */
export interface YamlSource {
  /** Plain data with anchors and merge keys resolved; null when the text could not be read. */
  readonly data: unknown;
  readonly text: string;
  /** 1-based line of a key path, of its nearest ancestor where the key itself is not in the text. */
  lineOf(path: KeyPath): number | null;
}

/** Why a YAML text was not accepted. */
export class YamlError extends Error {
  constructor(
    readonly code: 'yaml-syntax' | 'yaml-aliases' | 'yaml-tag',
    readonly line: number | null,
    message: string,
  ) {
    super(message);
    this.name = 'YamlError';
  }
}

/** More uses of anchors, multiplied along their nesting, than any template in the wild needs. */
const MAX_ALIAS_COUNT = 1000;

/**
 * Reads one YAML document (merge keys on), or with the schema `json` a JSON text.
 * @throws YamlError
 */
export function parseYaml(text: string, schema: 'core' | 'json' = 'core'): YamlSource {
  const lineIn = (path: KeyPath) => lineOf(parse(text, schema), path);
  const plain = schema === 'core' && tooDeepAt(text) === null ? readPlainYaml(text) : undefined;
  if (plain !== undefined) {
    const lineInPlain = (path: KeyPath) => {
      const line = lineInPlainYaml(text, path);
      return line === undefined ? lineIn(path) : line;
    };
    return { data: plain, text, lineOf: lineInPlain };
  }
  const { document, lines } = parse(text, schema);
  const problem = document.errors[0];
  if (problem) {
    throw new YamlError(
      'yaml-syntax',
      lines.linePos(problem.pos[0]).line,
      firstLine(problem.message),
    );
  }
  const warning = document.warnings.find(({ code }) => code === 'TAG_RESOLVE_FAILED');
  if (warning) {
    throw new YamlError('yaml-tag', lines.linePos(warning.pos[0]).line, firstLine(warning.message));
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new YamlError(
      /excessive alias/i.test(message) ? 'yaml-aliases' : 'yaml-syntax',
      null,
      firstLine(message),
    );
  }
  return { data, text, lineOf: lineIn };
}

interface Parsed {
  readonly text: string;
  readonly schema: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** The syntax tree is a hundred times the size of the text, so only the last one is kept. */
let last: Parsed | null = null;

function parse(text: string, schema: 'core' | 'json'): Parsed {
  if (last?.text === text && last.schema === schema) return last;
  const deep = tooDeepAt(text);
  if (deep !== null) throw new YamlError('yaml-syntax', deep, 'nested too deeply');
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      schema,
      merge: schema === 'core',
      prettyErrors: false,
      lineCounter: lines,
    });
    return (last = { text, schema, document, lines });
  } catch (error) {
    // Nesting deep enough to exhaust the stack.
    throw new YamlError(
      'yaml-syntax',
      null,
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** Far beyond any real template; deeper nesting takes the parser seconds and the whole stack. */
const MAX_DEPTH = 200;

/**
 * The line on which a text opens more brackets, or more lists within one line, than any template does; null
 * where none does. Quotes are not looked at: brackets in them come in pairs as well.
 */
function tooDeepAt(text: string): number | null {
  if ((text.match(/[[{]|[-?][ \t]/g)?.length ?? 0) < MAX_DEPTH) return null;
  const list = new RegExp(`^[ \\t]*(?:[-?][ \\t]+){${MAX_DEPTH}}`);
  let open = 0;
  for (const [index, line] of text.split('\n').entries()) {
    for (const letter of line) {
      if (letter === '[' || letter === '{') open++;
      else if ((letter === ']' || letter === '}') && open > 0) open--;
      if (open > MAX_DEPTH) return index + 1;
    }
    if (list.test(line)) return index + 1;
  }
  return null;
}

function lineOf({ document, lines }: Parsed, path: KeyPath): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown = null;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => (isScalar(item.key) ? String(item.key.value) : null) === String(key),
      );
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      next = node.items[key];
      offset = (next as Node | undefined)?.range?.[0] ?? offset;
    }
    if (!next) break;
    node = next;
  }
  return offset === null ? null : lines.linePos(offset).line;
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
