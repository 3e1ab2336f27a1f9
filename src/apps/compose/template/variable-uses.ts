import { variablesIn, type VariableExpression } from '../language/interpolate';
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
        } else if (mayUse(item, path)) visit(item, [...path, key]);
      }
    }
  };
  if (!isMapping(data)) return [];
  for (const section of sections) visit(data[section], [section]);
  return uses;
}

/** Most texts of a file use none. */
function mayUse(value: unknown, parent: readonly (string | number)[]): boolean {
  if (typeof value !== 'string') return typeof value === 'object';
  return value.includes('$') || isEnvironment(parent);
}

function usesInText(text: string, path: readonly (string | number)[]): VariableUse[] {
  if (isEnvironment(path.slice(0, -1)) && isName(text) && /^\d+$/.test(String(path.at(-1)))) {
    return [bareUse(text, path)];
  }
  if (!text.includes('$')) return [];
  const found = variablesIn(text);
  const outer = new Set(outermost(found));
  const place = path.join('.');
  const passedAs = isEnvironment(path.slice(0, -1)) ? soleReceiver(text, path) : null;
  const first = isPathKey(path, text) ? /^\$\{?(\w+)/.exec(text.trimStart())?.[1] : undefined;
  return found.map(({ name, operator, word }) => ({
    name,
    operator,
    word,
    path: place,
    passedAs,
    beginsPath: name === first,
    nested: !outer.has(name),
  }));
}

/** The variable of a container that takes one other variable and nothing else. */
function soleReceiver(text: string, path: readonly (string | number)[]): string | null {
  const isSole = (part: string) =>
    part.startsWith('$') && endsWithVariable(part) && outermost(variablesIn(part)).length === 1;
  const whole = /^([\w.-]+)=(\$.*)$/s.exec(text);
  if (whole?.[1] && isSole(whole[2] ?? '')) return whole[1];
  return isSole(text) ? String(path.at(-1)) : null;
}

/** Names that are not in the word of another variable. */
function outermost(all: readonly VariableExpression[]): string[] {
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
