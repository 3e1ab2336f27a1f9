import type { Bilingual } from '../i18n/bilingual';

/**
 * A failure that the operator of the machine can fix: `text` says what failed and what to do, and is
 * printed without a stack.
 */
export class OperatorError extends Error {
  constructor(
    readonly text: Bilingual,
    options?: ErrorOptions,
  ) {
    super(text.en, options);
    this.name = new.target.name;
  }
}
