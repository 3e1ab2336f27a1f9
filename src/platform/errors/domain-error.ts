import { bilingual, type Bilingual } from '../i18n/bilingual';
import { BusinessCode } from './business-code';

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

export interface DomainErrorOptions {
  /** Where the API document names another one than is usual for the kind. */
  readonly code?: BusinessCode;
  readonly details?: readonly FieldProblem[];
  /** Whole seconds after which trying again makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** For the log only. */
  readonly cause?: unknown;
}

/** The code of each kind where the API document names no other. */
export const USUAL_CODE: Readonly<Record<ErrorKind, BusinessCode>> = {
  invalid: BusinessCode.BadRequest,
  unauthenticated: BusinessCode.Unauthenticated,
  forbidden: BusinessCode.Forbidden,
  'not-found': BusinessCode.BadRequest,
  conflict: BusinessCode.BadRequest,
  'too-many': BusinessCode.BadRequest,
  unavailable: BusinessCode.InternalError,
  internal: BusinessCode.InternalError,
  'not-implemented': BusinessCode.NotImplemented,
};

/**
 * An expected failure. Subclasses say what happened (`InviteCodeInvalidError`) and fix code, kind
 * and message in one place; `http/error.filter.ts` turns them into answers.
 */
export abstract class DomainError extends Error {
  readonly code: BusinessCode;
  readonly details?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;

  /** @param text what happened and what to do next; never a stack, a query or a path */
  protected constructor(
    readonly kind: ErrorKind,
    readonly text: Bilingual,
    { code = USUAL_CODE[kind], details, retryAfterSeconds, cause }: DomainErrorOptions = {},
  ) {
    super(text.en, { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A fixed value, or one made from the arguments of the error's constructor. */
type Made<Args extends unknown[], Value> = Value | ((...args: Args) => Value);

/**
 * Base class of an error that is nothing but its message:
 * `class ModelNotFoundError extends domainError('not-found', (id: string) => …, (id) => …) {}`.
 */
export function domainError<Args extends unknown[] = []>(
  kind: ErrorKind,
  zh: Made<Args, string>,
  en: Made<Args, string>,
  options: Made<Args, DomainErrorOptions> = {},
): new (...args: Args) => DomainError {
  return class extends DomainError {
    constructor(...args: Args) {
      const made = <Value>(value: Made<Args, Value>): Value =>
        value instanceof Function ? value(...args) : value;
      super(kind, bilingual(made(zh), made(en)), made(options));
    }
  };
}
