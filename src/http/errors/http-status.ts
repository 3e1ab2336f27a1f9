import type { ErrorKind } from '../../platform/errors/domain-error';

/** The HTTP status of each kind of failure; a missing kind does not compile. */
export const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-many': 429,
  unavailable: 503,
  internal: 500,
  'not-implemented': 501,
};
