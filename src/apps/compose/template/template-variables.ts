import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { FieldProblem } from '../../../platform/errors/domain-error';
import { evaluateDotEnv } from '../language/dotenv';
import { variableNames, variablesIn } from '../language/interpolate';
import { generateValue } from './generate-value';
import { portVariablesOf } from './port-variables';
import { STORE_FOLDERS } from './store-folders';
import type { Template } from './template';
import { undefinedVariables } from './undefined-variables';
import { variableUsesOf, type VariableUse } from './variable-uses';
import {
  generatedSecret,
  variableDefaults,
  type VariableDefinition,
  type VariableType,
} from './variable-definition';
import { valueProblem } from './variable-rules';

export type ValueOrigin = 'user' | 'generated' | 'kept' | 'default';

export interface CompletedVariables {
  /** Everything to pass on as `ResolveInput.values`. */
  readonly values: Readonly<Record<string, string>>;
  /** Where each of `values` comes from. */
  readonly origins: Readonly<Record<string, ValueOrigin>>;
  /** Names of those values that are secret: to be stored encrypted and reused. */
  readonly secretNames: readonly string[];
  /** Names generated just now. */
  readonly generatedNames: readonly string[];
  /** Not accepted; non-empty means do not install. `field` is `variables.<name>`. */
  readonly problems: readonly FieldProblem[];
}

/** Passwords of the Websoft9 layout that its installer sets. */
const websoft9Secrets: Readonly<Record<string, Bilingual>> = {
  W9_POWER_PASSWORD: bilingual('密码', 'Password'),
  W9_RCODE: bilingual('随机码', 'Random code'),
};

/** Set by the server in every template; see `serverValues` and `addressValues`. */
const SERVER_VARIABLES =
  /^(W9_(ID|NETWORK|URL)|APP_ID|AppID|COMPOSE_PROJECT_NAME|STACKSCAPE_\w+|DefaultUserName)$/;

/** A template never changes, and its variables are asked for several times in one reading. */
const listed = new WeakMap<Template, readonly VariableDefinition[]>();

/**
 * What a user can set when installing an app: the variables of `app.json` or of the store, the ports, in
 * templates of the Websoft9 layout every `W9_*_SET`, the passwords and the version, and every variable that
 * the template uses and nothing sets.
 */
export function listVariables(template: Template): readonly VariableDefinition[] {
  const known = listed.get(template);
  if (known) return known;
  const found = findVariables(template);
  listed.set(template, found);
  return found;
}

function findVariables(template: Template): VariableDefinition[] {
  const definitions = new Map(template.metadata.variables.map((item) => [item.name, item]));
  const defaults = evaluateDotEnv(template.dotEnv);
  const add = (definition: VariableDefinition) => {
    if (!definitions.has(definition.name)) definitions.set(definition.name, definition);
  };
  for (const name of portVariablesOf(template.source.data)) {
    add({
      ...variableDefaults,
      name,
      title: bilingual(`端口 ${name}`, `Port ${name}`),
      description: bilingual('留空则自动分配空闲端口', 'leave empty for a free port'),
      type: 'port',
      default: null,
    });
  }
  const { text } = template.source;
  for (const [name, title] of Object.entries(websoft9Secrets)) {
    const isUsed = () => text.includes(name) && variableNames(text).includes(name);
    if (defaults.has(name) || isUsed()) add(generatedSecret(name, title));
  }
  for (const [name, value] of defaults) {
    if (name === 'W9_VERSION') addVersion(template, value, add);
    else if (name.endsWith('_SET') || name === 'W9_URL') add(websoft9Setting(name, value));
  }
  openVariables(template, defaults, definitions).forEach(add);
  return [...definitions.values()];
}

/** Variables that the template uses and nothing sets. */
function openVariables(
  template: Template,
  defaults: ReadonlyMap<string, string>,
  definitions: ReadonlyMap<string, VariableDefinition>,
): VariableDefinition[] {
  const given = new Set([
    ...definitions.keys(),
    ...defaults.keys(),
    ...template.includedEnv.flatMap(({ entries }) => entries.map(({ name }) => name)),
    ...template.assignments.map(({ name }) => name),
    ...Object.keys(STORE_FOLDERS),
  ]);
  const inDotEnv = template.dotEnv.entries.flatMap(({ name, raw, quote, line }) =>
    quote === "'" ? [] : usesOfLine(name, raw ?? '', line),
  );
  const texts = [template.source.text, template.texts.get('.env') ?? ''];
  const isSet = (name: string) => given.has(name) || SERVER_VARIABLES.test(name);
  const uses = [...variableUsesOf(template.source.data), ...inDotEnv];
  return undefinedVariables(uses, texts, isSet, template.layout === 'coolify');
}

/** Uses in the value of a line of `.env`. */
function usesOfLine(assigned: string, raw: string, line: number): VariableUse[] {
  if (!raw.includes('$')) return [];
  return variablesIn(raw).map(({ name, operator, word }) => ({
    name,
    operator: operator.endsWith('?') ? '' : operator,
    word,
    path: `.env.${line}`,
    passedAs: assigned,
    beginsPath: false,
    nested: false,
  }));
}

/**
 * Checks the user's values and generates missing ones. `kept` holds secrets of an earlier install
 * whose data still exists; they are preferred to generated ones, not to the user's. `installed`: the app runs,
 * so a public secret of its template that was never replaced is what its data was made with.
 */
export function completeVariables(
  template: Template,
  given: Readonly<Record<string, string>>,
  kept: Readonly<Record<string, string>> = {},
  installed = Object.keys(kept).length > 0,
): CompletedVariables {
  const definitions = listVariables(template);
  const values: Record<string, string> = {};
  const origins: Record<string, ValueOrigin> = {};
  const problems: FieldProblem[] = unknownNames(definitions, given);
  for (const definition of definitions) {
    const { name } = definition;
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    if (own !== undefined && own !== '') {
      const message = valueProblem(definition, own);
      if (message) problems.push({ field: `variables.${name}`, message });
      values[name] = own;
      origins[name] = 'user';
    } else if (Object.hasOwn(kept, name)) {
      values[name] = kept[name] ?? '';
      origins[name] = 'kept';
    } else if (installed && definition.publicValue !== null) {
      values[name] = definition.publicValue;
      origins[name] = 'kept';
    } else if (definition.generated) {
      values[name] = generateValue(definition, (other) => values[other]);
      origins[name] = 'generated';
    } else if (definition.required && isEmptyByDefault(template, definition)) {
      problems.push({ field: `variables.${name}`, message: isRequired(definition) });
    } else if (own === '' && definition.type !== 'port' && definition.type !== 'enum') {
      values[name] = '';
      origins[name] = 'user';
    } else if (definition.default !== null && template.metadata.variables.includes(definition)) {
      values[name] = definition.default;
      origins[name] = 'default';
    }
  }
  const secret = new Set(definitions.filter((item) => item.secret).map(({ name }) => name));
  const names = Object.keys(values);
  return {
    values,
    origins,
    secretNames: names.filter((name) => secret.has(name)),
    generatedNames: names.filter((name) => origins[name] === 'generated'),
    problems,
  };
}

/** Values with which a template can be checked before any variable is set. */
export function placeholderValues(template: Template): Record<string, string> {
  const values: Record<string, string> = {};
  for (const definition of listVariables(template)) {
    if (definition.generated) values[definition.name] = generatedLike(definition, values);
    else if (definition.required && isEmptyByDefault(template, definition)) {
      values[definition.name] =
        placeholders[definition.type] ??
        definition.options[0]?.value ??
        placeholderOf(template, definition);
    } else if (definition.default !== null && template.metadata.variables.includes(definition)) {
      values[definition.name] = definition.default;
    }
  }
  return values;
}

/** Stands for a generated value where templates are judged; every port is another one. */
function generatedLike(
  { format }: VariableDefinition,
  others: Readonly<Record<string, string>>,
): string {
  if (format === 'email') return 'admin@example.com';
  return format === 'port' ? String(20_000 + Object.keys(others).length) : 'placeholder';
}

function isRequired({ usedIn }: VariableDefinition): Bilingual {
  const where = usedIn.slice(0, 3).join(', ');
  return where === ''
    ? bilingual('必须填写', 'is required')
    : bilingual(`必须填写（用于 ${where}）`, `is required (used in ${where})`);
}

const placeholders: Partial<Record<VariableType, string>> = {
  integer: '1',
  boolean: 'true',
  email: 'someone@example.com',
  host: 'app.example.com',
  url: 'http://app.example.com',
};

/** A folder of the app's own where a path begins with the variable, for any other text a word. */
function placeholderOf(template: Template, { name }: VariableDefinition): string {
  const path = variableUsesOf(template.source.data).some(
    (use) => use.name === name && use.beginsPath,
  );
  return path ? `./${name.toLowerCase()}` : 'x';
}

function isEmptyByDefault(
  template: Template,
  { name, default: fallback, preset }: VariableDefinition,
): boolean {
  return preset === null && !(fallback ?? evaluateDotEnv(template.dotEnv).get(name));
}

function unknownNames(
  definitions: readonly VariableDefinition[],
  given: Readonly<Record<string, string>>,
): FieldProblem[] {
  const known = new Set(definitions.map(({ name }) => name));
  return Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => ({
      field: `variables.${name}`,
      message: bilingual('该应用没有这个变量', 'this app has no such variable'),
    }));
}

function addVersion(
  template: Template,
  preset: string,
  add: (definition: VariableDefinition) => void,
): void {
  const versions = [...new Set([preset, ...template.metadata.versions])].filter(Boolean);
  add({
    ...variableDefaults,
    name: 'W9_VERSION',
    title: bilingual('版本', 'Version'),
    type: 'enum',
    default: preset,
    options: versions.map((value) => ({ value, title: bilingual(value, value) })),
  });
}

function websoft9Setting(name: string, value: string): VariableDefinition {
  const secret = /PASSWORD|PASSWD|SECRET|TOKEN|KEY/.test(name);
  return {
    ...variableDefaults,
    name,
    title: bilingual(name, name),
    type: 'string',
    // A secret in a public template protects nothing, so it is not offered as a default.
    default: secret ? null : value,
    secret,
  };
}
