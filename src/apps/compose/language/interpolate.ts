/** Looks a variable up; undefined: not set, empty: set to nothing. */
export type VariableLookup = (name: string) => string | undefined;

/** `${NAME:?text}` or `${NAME?text}` without a value. */
export class RequiredVariableError extends Error {
  constructor(
    readonly variable: string,
    readonly reason: string,
  ) {
    super(`${variable} is required${reason ? `: ${reason}` : ''}`);
    this.name = 'RequiredVariableError';
  }
}

const nameAt = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorAt = /:-|:\?|:\+|-|\?|\+/y;
/** Deeper nesting of defaults stays as it is written. */
const MAX_DEPTH = 32;

/** One variable of a text: `$NAME`, `${NAME}` or `${NAME<operator><word>}`. */
export interface VariableExpression {
  readonly name: string;
  /** Empty for a plain use. */
  readonly operator: string;
  /** What stands behind the operator, not filled in. */
  readonly word: string;
  /** Index behind the expression. */
  readonly end: number;
}

/**
 * Fills in `$NAME`, `${NAME}`, `$$` and the operators `:-` `-` `:?` `?` `:+` `+`, the right-hand side
 * of which is filled in as well, but only where it is used. Any other `$` stays.
 * `onUndefined` is called for every name that counts as empty because it has no value.
 */
export function interpolate(
  text: string,
  lookup: VariableLookup,
  onUndefined: (name: string) => void = () => undefined,
  depth = 0,
): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (const piece of piecesOf(text, depth)) {
    if (typeof piece === 'string') out += piece;
    else {
      const word = () => interpolate(piece.word, lookup, onUndefined, depth + 1);
      out += applyOperator(piece.name, piece.operator, word, lookup, onUndefined);
    }
  }
  return out;
}

/**
 * The variables with which `text` begins where all of them together are blank: what follows them would take
 * the place of a path's first part. Empty where the text begins with something.
 */
export function blankStart(text: string, lookup: VariableLookup): string[] {
  const trimmed = text.trimStart();
  const names: string[] = [];
  if (!trimmed.startsWith('$')) return names;
  for (const piece of piecesOf(trimmed, 0)) {
    if (typeof piece === 'string') return piece === '' ? [] : names;
    try {
      const { word, name, operator } = piece;
      const fill = () => interpolate(word, lookup, undefined, 1);
      if (applyOperator(name, operator, fill, lookup, () => undefined).trim() !== '') return [];
      names.push(name);
    } catch (error) {
      if (error instanceof RequiredVariableError) return [];
      throw error;
    }
  }
  return names;
}

/** Every variable of `text`, also those within the words of others. */
export function variablesIn(text: string, depth = 0): VariableExpression[] {
  const found: VariableExpression[] = [];
  if (!text.includes('$')) return found;
  for (const piece of piecesOf(text, depth)) {
    if (typeof piece !== 'string') found.push(piece, ...variablesIn(piece.word, depth + 1));
  }
  return found;
}

/** A text as literal parts (`$$` already a `$`) and variables. */
function* piecesOf(text: string, depth: number): Generator<string | VariableExpression> {
  let position = 0;
  let braces: ReadonlyMap<number, number> | null = null;
  for (;;) {
    const dollar = text.indexOf('$', position);
    if (dollar < 0) {
      if (position < text.length) yield text.slice(position);
      return;
    }
    if (dollar > position) yield text.slice(position, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      yield '$';
      position = dollar + 2;
      continue;
    }
    if (next === '{' && depth < MAX_DEPTH) braces ??= matchBraces(text);
    const expression = expressionAt(text, dollar, braces, depth);
    if (expression) yield expression;
    else yield '$';
    position = expression?.end ?? dollar + 1;
  }
}

function expressionAt(
  text: string,
  dollar: number,
  braces: ReadonlyMap<number, number> | null,
  depth: number,
): VariableExpression | null {
  const braced = text[dollar + 1] === '{';
  const name = match(nameAt, text, dollar + (braced ? 2 : 1));
  if (!name) return null;
  if (!braced) return { name, operator: '', word: '', end: dollar + 1 + name.length };
  const end = depth < MAX_DEPTH ? (braces?.get(dollar + 1) ?? -1) : -1;
  const afterName = dollar + 2 + name.length;
  const operator = text[afterName] === '}' ? '' : match(operatorAt, text, afterName);
  if (end < 0 || operator === null) return null;
  return { name, operator, word: text.slice(afterName + operator.length, end), end: end + 1 };
}

/**
 * What Compose refuses as an invalid format: a command substitution (`$(…)`, to be written as `$$(…)`) and a
 * colon without an operator (`${NAME:}`). Null where there is none.
 */
export function invalidFormat(text: string): string | null {
  const found = /\$\([^)]*\)?|\$\{[A-Za-z_]\w*:\}/.exec(text.replaceAll('$$', ''));
  return found?.[0] ?? null;
}

/** The variable's name where `text` is nothing but one variable (`$A`, `${A}`, `${A:-1}`), else null. */
export function soleVariable(text: string): string | null {
  const trimmed = text.trim();
  const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-[^${}]*)?\})$/.exec(trimmed);
  return found?.[1] ?? found?.[2] ?? null;
}

/** The parts of `a:b:c`; colons within `${…}` or `[…]` separate nothing. */
export function splitOutsideBraces(text: string): string[] {
  const parts: string[] = [];
  let level = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if ('{['.includes(text[index] ?? '')) level++;
    else if ('}]'.includes(text[index] ?? '')) level--;
    else if (text[index] === ':' && level === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Every name that `text` refers to, in whatever branch of whatever operator. */
export function variableNames(text: string): string[] {
  const found = text.replaceAll('$$', '').matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g);
  return [...new Set([...found].map(([, name]) => name ?? ''))];
}

function applyOperator(
  name: string,
  operator: string,
  word: () => string,
  lookup: VariableLookup,
  onUndefined: (name: string) => void,
): string {
  const value = lookup(name);
  const counts = operator.startsWith(':')
    ? value !== undefined && value !== ''
    : value !== undefined;
  switch (operator) {
    case ':-':
    case '-':
      return counts ? (value ?? '') : word();
    case ':+':
    case '+':
      return counts ? word() : '';
    case ':?':
    case '?':
      if (!counts) throw new RequiredVariableError(name, word());
      return value ?? '';
    default:
      return valueOf(name, lookup, onUndefined);
  }
}

function valueOf(
  name: string,
  lookup: VariableLookup,
  onUndefined: (name: string) => void,
): string {
  const value = lookup(name);
  if (value === undefined) onUndefined(name);
  return value ?? '';
}

/** For each opening brace the index of the one that closes it, in one pass over the text. */
function matchBraces(text: string): ReadonlyMap<number, number> {
  const closed = new Map<number, number>();
  const open: number[] = [];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '{') open.push(index);
    else if (text[index] === '}') {
      const start = open.pop();
      if (start !== undefined) closed.set(start, index);
    }
  }
  return closed;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
