import { parseDotEnv } from '../language/dotenv';
import {
  generatedSecret,
  type VariableAssignment,
  type VariableDefinition,
} from '../template/variable-definition';

/** What an `exports.sh` sets, as far as it can be known without a shell. */
export interface UmbrelExports {
  readonly assignments: readonly VariableAssignment[];
  /** Secrets that the store derives from its seed. */
  readonly definitions: readonly VariableDefinition[];
}

/** Characters of a secret that the store derives: an HMAC in hexadecimal. */
const DERIVED_LENGTH = 64;

/**
 * Reads `NAME=value` and `export NAME=value` lines; those within a condition count only where nothing else sets
 * the name, nor has a default for it, and not at all within `if … installed_apps …`. Of command substitutions these have a value: `derive_entropy` and `openssl rand` (a generated
 * secret), `… || echo "text"` (the text), `hostname` (the host). Values that only a shell could work out are left.
 */
export function exportsOf(
  text: string,
  hasDefault: ReadonlySet<string> = new Set(),
): UmbrelExports {
  const definitions = new Map<string, VariableDefinition>();
  const found = new Map<string, string>();
  const conditional: [string, string][] = [];
  let elsewhere = false;
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    // Beside which other apps of the store it is installed: here beside none.
    if (/^(el)?if\b/.test(line))
      elsewhere = /^\w+\s+[^!]*\b(installed_?apps|ls-installed)\b/i.test(line);
    else if (/^(else|fi)\b/.test(line)) elsewhere = false;
    if (elsewhere) continue;
    const parts = /^(\s*)(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line);
    const [, indent = '', name = '', written = ''] = parts ?? [];
    if (!parts || name === '') continue;
    const value = valueOf(name, written, (definition) => {
      definitions.set(definition.name, definition);
    });
    if (value === null) continue;
    if (indent === '') found.set(name, value);
    else conditional.push([name, value]);
  }
  for (const [name, value] of conditional) {
    if (!found.has(name) && !hasDefault.has(name)) found.set(name, value);
  }
  return {
    assignments: [...found]
      .filter(([name]) => !definitions.has(name))
      .map(([name, value]) => ({ name, value })),
    definitions: [...definitions.values()],
  };
}

/** The value of a line with its substitutions replaced; null where only a shell knows it. */
function valueOf(
  name: string,
  written: string,
  define: (definition: VariableDefinition) => void,
): string | null {
  let unknown = false;
  const made: VariableDefinition[] = [];
  const plain = withoutSubstitutions(written, (command) => {
    if (/\bderive_entropy\b|\bopenssl\s+rand\b/.test(command)) {
      const whole = written.replaceAll('"', '').trim() === `$(${command.replaceAll('"', '')})`;
      const secret = whole ? name : `${name}_SECRET`;
      made.push({ ...generatedSecret(secret), ...formatOf(command) });
      return `\${${secret}}`;
    }
    const fallback = /\|\|\s*echo\s+(?:"([^"]*)"|'([^']*)'|([\w.-]*))\s*$/.exec(command);
    if (fallback) return fallback[1] ?? fallback[2] ?? fallback[3] ?? '';
    if (/^\s*hostname\b/.test(command)) return '${STACKSCAPE_HOST}';
    unknown = true;
    return '';
  });
  // Arrays, arithmetic and the string operations of a shell.
  if (unknown || /^\(|`|\$\(|\$\{\w+[^\w}:-]|\$\{\w+:[^-]/.test(plain)) return null;
  const [entry] = parseDotEnv(`${name}=${plain.replace(/\s*(\|\||&&|;).*$/, '')}`).entries;
  if (!entry) return null;
  made.forEach(define);
  const value = entry.raw ?? '';
  return entry.quote === "'" ? value.replaceAll('$', '$$$$') : value;
}

function formatOf(command: string): Pick<VariableDefinition, 'format' | 'length'> {
  const random = /\bopenssl\s+rand\s+-(hex|base64)\s+(\d{1,3})/.exec(command);
  if (random) {
    const bytes = Number(random[2]);
    return random[1] === 'hex'
      ? { format: 'hex', length: bytes * 2 }
      : { format: 'base64', length: bytes };
  }
  const cut = /\bhead\s+-c\s*(\d{1,3})|\bcut\s+-c\s*1?-(\d{1,3})/.exec(command);
  const length = Number(cut?.[1] ?? cut?.[2] ?? DERIVED_LENGTH);
  return { format: 'hex', length: Math.min(Math.max(length, 8), 128) };
}

/** Replaces every outermost `$(…)`. One that is never closed stays. */
function withoutSubstitutions(text: string, replace: (command: string) => string): string {
  let out = '';
  let position = 0;
  for (;;) {
    const start = text.indexOf('$(', position);
    const end = start < 0 ? -1 : closingOf(text, start + 2);
    if (start < 0 || end < 0) return out + text.slice(position);
    out += text.slice(position, start) + replace(text.slice(start + 2, end));
    position = end + 1;
  }
}

function closingOf(text: string, from: number): number {
  let depth = 1;
  for (let index = from; index < text.length; index++) {
    if (text[index] === '(') depth++;
    else if (text[index] === ')' && --depth === 0) return index;
  }
  return -1;
}
