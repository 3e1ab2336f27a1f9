import type { Bilingual } from '../../../platform/i18n/bilingual';

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
  /** Characters of a generated value. */
  readonly length: number;
}

/** A variable of which nothing is known but its name. */
export const variableDefaults: Omit<VariableDefinition, 'name' | 'title' | 'type' | 'default'> = {
  description: null,
  pattern: null,
  options: [],
  min: null,
  max: null,
  required: false,
  secret: false,
  generated: false,
  length: 24,
};
