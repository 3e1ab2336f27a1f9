import { ValidateBy, ValidateIf } from 'class-validator';
import type { Bilingual } from '../../platform/i18n/bilingual';

export interface FieldOptions {
  readonly description?: string;
  readonly example?: unknown;
  /** May be left out; `or-empty`: the empty string means that too, as the documents have it (`count=`). */
  readonly optional?: boolean | 'or-empty';
  /** May be null. */
  readonly nullable?: boolean;
}

/** A class-validator rule with one message in both languages, which travels in the rule's context. */
export function fieldRule(
  name: string,
  check: (value: unknown) => boolean,
  text: Bilingual,
): PropertyDecorator {
  return ValidateBy(
    { name, validator: { validate: (value) => check(value), defaultMessage: () => text.en } },
    { context: text },
  );
}

/** Skips the rules of a field that may be absent or null and is. */
export function absence(options: FieldOptions): PropertyDecorator {
  return ValidateIf(
    (_, value) =>
      !(options.optional && value === undefined) && !(options.nullable && value === null),
  );
}
