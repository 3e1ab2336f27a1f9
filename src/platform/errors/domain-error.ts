import { bilingual, type Bilingual } from '../i18n/bilingual';
import type { BusinessCode } from './business-code';

/** What kind of failure it is, without a word of HTTP: the same error works inside a job. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-many'
  | 'unavailable'
  | 'internal'
  | 'not-implemented';

/** One field of a request that was not accepted. */
export interface FieldProblem {
  /** Path of the field, e.g. `items.3.ctdna`. */
  readonly field: string;
  readonly message: Bilingual;
}

export interface DomainErrorSpec {
  readonly code: BusinessCode;
  readonly kind: ErrorKind;
  /** What happened and what to do next, in both languages; never a stack, a query or a path. */
  readonly message: Bilingual;
  readonly details?: readonly FieldProblem[];
  /** Whole seconds after which trying again makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** For the log only. */
  readonly cause?: unknown;
}

/**
 * An expected failure. Subclasses say what happened (`InviteCodeInvalidError`) and fix code, kind
 * and message in one place; `http/error.filter.ts` turns them into answers.
 */
export abstract class DomainError extends Error {
  readonly code: BusinessCode;
  readonly kind: ErrorKind;
  readonly text: Bilingual;
  readonly details?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;

  protected constructor(spec: DomainErrorSpec) {
    super(spec.message.en, { cause: spec.cause });
    this.name = new.target.name;
    this.code = spec.code;
    this.kind = spec.kind;
    this.text = spec.message;
    this.details = spec.details;
    this.retryAfterSeconds = spec.retryAfterSeconds;
  }
}

/**
 * Base class of an error whose message is always the same:
 * `class ModelNotFoundError extends domainError('not-found', BusinessCode.BadRequest, zh, en) {}`.
 */
export function domainError(
  kind: ErrorKind,
  code: BusinessCode,
  zh: string,
  en: string,
): new () => DomainError {
  return class extends DomainError {
    constructor() {
      super({ kind, code, message: bilingual(zh, en) });
    }
  };
}
