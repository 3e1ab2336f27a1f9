import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';

export type VariableType =
  'string' | 'integer' | 'boolean' | 'enum' | 'email' | 'host' | 'url' | 'password' | 'port';

/** What a user can set at install. */
export interface VariableDefinition {
  readonly name: string;
  readonly title: Bilingual;
  readonly description: Bilingual | null;
  readonly type: VariableType;
  /** Null: none (always for secrets). */
  readonly default: string | null;
  readonly pattern: string | null;
  readonly options: readonly { readonly value: string; readonly title: Bilingual }[];
  readonly min: number | null;
  readonly max: number | null;
  readonly required: boolean;
  readonly secret: boolean;
  /** Generated when left empty. */
  readonly generated: boolean;
  /** Characters of a generated value; bytes for `base64` and `base64-key` (the same behind `base64:`). */
  readonly length: number;
  readonly format: ValueFormat;
  /** Of a `jwt`: the variable that holds its key, and its payload (JSON). */
  readonly token: { readonly key: string | null; readonly payload: string | null } | null;
  /**
   * Value where nobody gives one and no file sets one, with variables: the app's address
   * (see `addressValues`) or what stores set by custom.
   */
  readonly preset: string | null;
  /** What stands in the store's file for a secret that is generated instead; null: nothing. */
  readonly publicValue: string | null;
  /** Keys of the Compose file where it is used; empty where that was not looked up. */
  readonly usedIn: readonly string[];
}

/** A variable that a store sets for its templates. */
export interface VariableAssignment {
  readonly name: string;
  /** With variables. */
  readonly value: string;
}

/** What a generated value looks like. */
export type ValueFormat =
  | 'password'
  | 'name'
  | 'hex'
  | 'base64'
  | 'base64-key'
  | 'symbols'
  | 'uuid'
  | 'jwt'
  | 'email'
  | 'port';

/**
 * A variable of which nothing is known but its name. What each sets for itself stands here too: V8 copies an object
 * and replaces values in 50 ns, while each key that comes behind a spread takes a microsecond.
 */
const blank: VariableDefinition = {
  description: null,
  pattern: null,
  options: [],
  min: null,
  max: null,
  required: false,
  secret: false,
  generated: false,
  length: 24,
  format: 'password',
  token: null,
  preset: null,
  publicValue: null,
  usedIn: [],
  name: '',
  title: bilingual('', ''),
  type: 'string',
  default: null,
};

export const variableDefaults: Omit<VariableDefinition, 'name' | 'title' | 'type' | 'default'> =
  blank;

/** A secret that is made up unless the user gives one. */
export function generatedSecret(name: string, title = bilingual(name, name)): VariableDefinition {
  return {
    ...variableDefaults,
    name,
    title,
    type: 'password',
    default: null,
    secret: true,
    generated: true,
  };
}

/** Assignments of a store by name. */
export function assignmentsOf(values: Readonly<Record<string, string>>): VariableAssignment[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
