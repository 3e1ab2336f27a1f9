import type { Bilingual } from '../../platform/i18n/bilingual';
import type { FieldProblem } from '../../platform/errors/domain-error';
import type { Template } from './template';

export type VariableType =
  'string' | 'integer' | 'boolean' | 'enum' | 'email' | 'host' | 'url' | 'password' | 'port';

/** What a person may set at install. */
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

export interface CompletedVariables {
  /** Everything to pass on as `ResolveInput.values`. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of those values that are secret: to be stored encrypted and reused. */
  readonly secretNames: readonly string[];
  /** Names generated just now. */
  readonly generatedNames: readonly string[];
  /** Not accepted; non-empty means do not install. */
  readonly problems: readonly FieldProblem[];
}

export function listVariables(template: Template): VariableDefinition[] {
  throw new Error(`not written yet: ${template.name}`);
}

/**
 * Checks what a person gave and generates what is missing. `kept` holds secrets of an earlier install
 * whose data still exists; they win over generating, not over what the person gives.
 */
export function completeVariables(
  template: Template,
  given: Readonly<Record<string, string>>,
  kept: Readonly<Record<string, string>> = {},
): CompletedVariables {
  throw new Error(
    `not written yet: ${template.name} ${Object.keys(given).length} ${Object.keys(kept).length}`,
  );
}
