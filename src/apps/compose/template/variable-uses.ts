import { variablesIn } from '../language/interpolate';
import { isMapping } from '../language/plain-data';

/** One use of a variable in a Compose file. */
export interface VariableUse {
  readonly name: string;
  /** Key path, e.g. `services.web.environment.DB_PASSWORD`. */
  readonly path: string;
  /** `:-`, `:?` …; empty for a plain use, `=` where a bare name passes a variable on to a container. */
  readonly operator: string;
  readonly word: string;
  /** The container variable that takes exactly its value. */
  readonly passedAs: string | null;
  /** A bind's source, a device or a file begins with it. */
  readonly beginsPath: boolean;
  /** Nested in the word of another variable, so perhaps never read. */
  readonly nested: boolean;
}

const sections = ['services', 'networks', 'volumes', 'configs', 'secrets'];

/** Every use of a variable in the sections of a composed project, extensions (`x-…`) left out. */
export function variableUsesOf(data: unknown): VariableUse[] {
  const uses: VariableUse[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string') uses.push(...usesInText(value, path));
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      // An anchor may stand in many places.
      seen.add(value);
      const list = Array.isArray(value);
      for (const [key, item] of Object.entries(value)) {
        if (key.startsWith('x-')) continue;
        if (item === null && isEnvironment(path) && !list && isName(key)) {
          uses.push(bareUse(key, [...path, key]));
        } else visit(item, [...path, key]);
      }
    }
  };
  if (!isMapping(data)) return [];
  for (const section of sections) visit(data[section], [section]);
  return uses;
}

function usesInText(text: string, path: readonly (string | number)[]): VariableUse[] {
  if (isEnvironment(path.slice(0, -1)) && isName(text) && /^\d+$/.test(String(path.at(-1)))) {
    return [bareUse(text, path)];
  }
  if (!text.includes('$')) return [];
  const found = variablesIn(text);
  const outer = new Set(variablesAtTop(text));
  const trimmed = text.trimStart();
  return found.map((item) => {
    const { name, operator, word } = item;
    const whole = /^([\w.-]+)=(\$.*)$/s.exec(text);
    const only = (part: string) => part.startsWith('$') && variablesAtTop(part).length === 1;
    const passedAs = isEnvironment(path.slice(0, -1))
      ? whole?.[1] && only(whole[2] ?? '') && endsWithVariable(whole[2] ?? '')
        ? whole[1]
        : only(text) && endsWithVariable(text)
          ? String(path.at(-1))
          : null
      : null;
    return {
      name,
      operator,
      word,
      path: path.join('.'),
      passedAs,
      beginsPath:
        isPathKey(path, text) && new RegExp(`^\\$\\{?${name}(?![A-Za-z0-9_])`).test(trimmed),
      nested: !outer.has(name),
    };
  });
}

function variablesAtTop(text: string): string[] {
  const all = variablesIn(text);
  const inner = new Set(all.flatMap(({ word }) => variablesIn(word)).map(({ name }) => name));
  return all.map(({ name }) => name).filter((name) => !inner.has(name));
}

function endsWithVariable(text: string): boolean {
  return /^\$(?:[A-Za-z_]\w*|\{.*\})$/s.test(text);
}

function bareUse(name: string, path: readonly (string | number)[]): VariableUse {
  return {
    name,
    path: path.join('.'),
    operator: '=',
    word: '',
    passedAs: name,
    beginsPath: false,
    nested: false,
  };
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** `services.<name>.environment`. */
function isEnvironment(path: readonly (string | number)[]): boolean {
  return path.length === 3 && path[0] === 'services' && path[2] === 'environment';
}

/** Whether the text at a key is a path of the host, or begins with one. */
function isPathKey(path: readonly (string | number)[], text: string): boolean {
  const [section, , key] = path;
  if (section === 'volumes') return path.at(-1) === 'device';
  if (section !== 'services') return path.at(-1) === 'file';
  if (key === 'volumes') return path.at(-1) === 'source' || (path.length === 4 && /:/.test(text));
  return key === 'devices' || key === 'env_file' || key === 'build';
}
