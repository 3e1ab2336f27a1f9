import type { Schema } from '../calls/call-types.js';
import { errorOf, type ApiError } from '../errors.js';

/** The data of the last event of a stream that the server ends. */
export type StreamEnd = Schema<'StreamEndDto'>;

/** The end of a stream as the error that a call would have been answered with. */
export function refusalOf({ code, msg }: StreamEnd): ApiError {
  const status = code === 50000 ? 503 : code < 40100 ? 401 : 403;
  const known = { requestId: null, fields: [], retryAfter: null };
  return errorOf({ code, status, message: msg, ...known });
}

/** Whether the same call may succeed at once: with a refreshed token, or for another role. */
export function mayReopen({ code }: StreamEnd): boolean {
  return code === 40001 || code === 40002 || code === 40300;
}
