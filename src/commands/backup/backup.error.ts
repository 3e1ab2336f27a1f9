import type { Bilingual } from '../../platform/i18n/bilingual';

/** A backup or restore could not be carried out; the text says why and what is left as it was. */
export class BackupError extends Error {
  constructor(
    readonly text: Bilingual,
    cause?: unknown,
  ) {
    super(text.en, { cause });
    this.name = 'BackupError';
  }
}
