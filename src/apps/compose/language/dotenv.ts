import { interpolate, RequiredVariableError, type VariableLookup } from './interpolate';

/** One assignment of a `.env` file, not yet expanded. */
export interface DotEnvEntry {
  readonly name: string;
  /** Null: the bare name, which takes its value from the environment. */
  readonly raw: string | null;
  readonly quote: "'" | '"' | null;
  /** 1-based. */
  readonly line: number;
}

export interface DotEnvFile {
  readonly entries: readonly DotEnvEntry[];
  /** Lines that are no assignment. They are skipped. */
  readonly problems: readonly { readonly line: number; readonly text: string }[];
}

export const emptyDotEnv: DotEnvFile = { entries: [], problems: [] };

const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.\-[\]]*)\s*(?:([=:])[ \t]*(.*))?$/s;

/**
 * Reads a `.env` file with the rules of Compose: `NAME=value`, `NAME = value`, `export NAME=value`,
 * `#` comments (behind a value only after a space), single quotes literal, double quotes with escapes
 * and variables, quoted values over several lines.
 */
export function parseDotEnv(text: string): DotEnvFile {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const entries: DotEnvEntry[] = [];
  const problems: { line: number; text: string }[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const found = assignment.exec(line);
    if (!found?.[1]) {
      problems.push({ line: index + 1, text: line.trim() });
      continue;
    }
    const [, name, separator, rest = ''] = found;
    if (!separator) {
      entries.push({ name, raw: null, quote: null, line: index + 1 });
      continue;
    }
    const quote = rest.startsWith("'") ? "'" : rest.startsWith('"') ? '"' : null;
    const quoted = quote ? readQuoted(rest, lines, index, quote) : null;
    if (quote && quoted) {
      entries.push({ name, raw: quoted.raw, quote, line: index + 1 });
      if (!/^\s*(#|$)/.test(quoted.rest))
        problems.push({ line: quoted.line + 1, text: quoted.rest });
      index = quoted.line;
      continue;
    }
    if (quote) problems.push({ line: index + 1, text: line.trim() });
    const comment = rest.startsWith('#') ? 0 : rest.search(/[ \t]#/);
    const raw = (comment < 0 ? rest : rest.slice(0, comment)).trimEnd();
    entries.push({ name, raw, quote: null, line: index + 1 });
  }
  return { entries, problems };
}

/**
 * The values of a `.env` file. Later lines see earlier ones. `overrides` take the place of what
 * stands in the file, and so reach every line that refers to them; `outer` is asked for names that are not
 * set in the file. A `:?` without a value is taken as empty here: the Compose file is where it is refused.
 */
export function evaluateDotEnv(
  file: DotEnvFile,
  overrides: Readonly<Record<string, string>> = {},
  outer: VariableLookup = () => undefined,
): Map<string, string> {
  const values = new Map<string, string>();
  const given = (name: string) => (Object.hasOwn(overrides, name) ? overrides[name] : undefined);
  const lookup = (name: string) => given(name) ?? values.get(name) ?? outer(name);
  for (const { name, raw, quote } of file.entries) {
    const value = given(name) ?? (raw === null ? outer(name) : expand(raw, quote, lookup));
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function expand(raw: string, quote: DotEnvEntry['quote'], lookup: VariableLookup): string {
  if (quote === "'") return raw;
  const text = quote === '"' ? decodeEscapes(raw) : raw;
  try {
    return interpolate(text, lookup);
  } catch (error) {
    if (error instanceof RequiredVariableError) return '';
    throw error;
  }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$$',
};

function decodeEscapes(text: string): string {
  return text.replace(/\\([nrt"\\$])/g, (_, letter: string) => escapes[letter] ?? letter);
}

/** From the opening quote to the closing one, over line ends; null where it is never closed. */
function readQuoted(
  first: string,
  lines: readonly string[],
  start: number,
  quote: "'" | '"',
): { raw: string; rest: string; line: number } | null {
  let text = first;
  let line = start;
  let raw = '';
  let position = 1;
  for (;;) {
    const letter = text[position];
    if (letter === undefined) {
      line++;
      const next = lines[line];
      if (next === undefined) return null;
      raw += '\n';
      text = next;
      position = 0;
    } else if (letter === '\\' && text[position + 1] !== undefined) {
      const escaped = text[position + 1] ?? '';
      // The quote itself loses its backslash at once; the other escapes are decoded later, in double quotes.
      raw += quote === "'" && escaped === "'" ? "'" : `\\${escaped}`;
      position += 2;
    } else if (letter === quote) {
      return { raw, rest: text.slice(position + 1), line };
    } else {
      raw += letter;
      position++;
    }
  }
}
