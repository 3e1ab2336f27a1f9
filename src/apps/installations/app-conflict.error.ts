import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, type FieldProblem } from '../../platform/errors/domain-error';
import type { Bilingual } from '../../platform/i18n/bilingual';

interface ConflictOptions {
  /** `BadRequest` unless given. */
  readonly code?: BusinessCode;
  readonly details?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
}

/** What was asked of an app is not possible in the state that it or the engine is in. */
export abstract class AppConflictError extends DomainError {
  constructor(message: Bilingual, options: ConflictOptions = {}) {
    super({ code: BusinessCode.BadRequest, kind: 'conflict', message, ...options });
  }
}
