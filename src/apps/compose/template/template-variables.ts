import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { FieldProblem } from '../../../platform/errors/domain-error';
import { casaVariables } from './casa-variables';
import { evaluateDotEnv } from '../language/dotenv';
import { variableNames } from '../language/interpolate';
import { generatePassword } from './password-generator';
import { portVariablesOf } from './port-variables';
import type { Template } from './template';
import {
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

/**
 * What a user can set when installing an app: the variables of `app.json`, the ports, and in
 * templates of the Websoft9 layout every `W9_*_SET`, the passwords and the version.
 */
export function listVariables(template: Template): VariableDefinition[] {
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
  const used = new Set([...defaults.keys(), ...variableNames(template.source.text)]);
  for (const [name, title] of Object.entries(websoft9Secrets)) {
    if (used.has(name)) {
      add({
        ...variableDefaults,
        name,
        title,
        type: 'password',
        default: null,
        secret: true,
        generated: true,
      });
    }
  }
  if (template.layout === 'casaos') casaVariables(template.source, defaults).forEach(add);
  for (const [name, value] of defaults) {
    if (name === 'W9_VERSION') addVersion(template, value, add);
    else if (name.endsWith('_SET') || name === 'W9_URL') add(websoft9Setting(name, value));
  }
  return [...definitions.values()];
}

/**
 * Checks the user's values and generates missing ones. `kept` holds secrets of an earlier install
 * whose data still exists; they are preferred to generated ones, not to the user's.
 */
export function completeVariables(
  template: Template,
  given: Readonly<Record<string, string>>,
  kept: Readonly<Record<string, string>> = {},
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
    } else if (definition.generated) {
      values[name] = generatePassword(definition.length);
      origins[name] = 'generated';
    } else if (definition.required && isEmptyByDefault(template, definition)) {
      problems.push({
        field: `variables.${name}`,
        message: bilingual('必须填写', 'is required'),
      });
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
    if (definition.generated) values[definition.name] = 'placeholder';
    else if (definition.required && isEmptyByDefault(template, definition)) {
      values[definition.name] =
        placeholders[definition.type] ?? definition.options[0]?.value ?? 'x';
    } else if (definition.default !== null && template.metadata.variables.includes(definition)) {
      values[definition.name] = definition.default;
    }
  }
  return values;
}

const placeholders: Partial<Record<VariableType, string>> = {
  integer: '1',
  boolean: 'true',
  email: 'someone@example.com',
  host: 'app.example.com',
  url: 'http://app.example.com',
};

function isEmptyByDefault(
  template: Template,
  { name, default: preset }: VariableDefinition,
): boolean {
  return !(preset ?? evaluateDotEnv(template.dotEnv).get(name));
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
