import {
  ConnectionError,
  ServiceUnavailable,
  TooManyRequests,
  UnexpectedAnswer,
} from '../errors.js';
import type { OperationId } from './call-types.js';

/** Documented GET calls that change something. */
const CHANGES_BY_GET: ReadonlySet<string> = new Set<OperationId>([
  'installApp',
  'uninstallApp',
  'uninstallAllApp',
  'issueInviteCodes',
  'deleteRecordByGet',
]);

/** Whether a call may be sent twice: it changes nothing, or carries an idempotency key. */
export function isRepeatable(id: OperationId, method: string, idempotencyKey?: string): boolean {
  return idempotencyKey !== undefined || (method === 'GET' && !CHANGES_BY_GET.has(id));
}

const LONGEST_WAIT_SECONDS = 10;

/** Milliseconds to wait before the next try after `error`; null where another try is of no use. */
export function retryDelay(error: unknown, attempt: number): number | null {
  const backOff = 200 * 2 ** attempt * (0.5 + Math.random());
  if (error instanceof ConnectionError) return backOff;
  if (error instanceof UnexpectedAnswer)
    return [502, 503, 504].includes(error.status) ? backOff : null;
  if (error instanceof ServiceUnavailable || error instanceof TooManyRequests) {
    const seconds = error.retryAfter ?? 0;
    return seconds > LONGEST_WAIT_SECONDS ? null : Math.max(seconds * 1000, backOff);
  }
  return null;
}

/** Rejected with the signal's reason when that comes first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
