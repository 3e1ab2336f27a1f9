import { QueryFailedError } from 'typeorm';
import { domainError } from '../errors/domain-error';

/** The database does not answer; tried again later the same request may succeed. */
export class DatabaseUnavailableError extends domainError(
  'unavailable',
  '数据库暂时不可用，请稍后重试',
  'The database does not answer at the moment; please try again shortly',
  (cause?: unknown) => ({ retryAfterSeconds: 5, cause }),
) {}

/** The disk of the database is full; reading goes on. */
export class DatabaseFullError extends domainError(
  'unavailable',
  '数据库所在磁盘已满，暂时无法保存：请清理空间后重试',
  'The disk of the database is full, so nothing can be saved: free some space and try again',
  (cause?: unknown) => ({ retryAfterSeconds: 60, cause }),
) {}

const FULL_CODES = new Set(['ER_RECORD_FILE_FULL', 'ER_DISK_FULL', 'ER_TEMP_FILE_WRITE_FAILURE']);

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'POOL_CLOSED',
  // A member of a Galera cluster that has lost the others.
  'ER_UNKNOWN_COM_ERROR',
]);

function driverError(error: unknown): { readonly code?: unknown; readonly fatal?: unknown } | null {
  return (error instanceof QueryFailedError ? error.driverError : error) as object | null;
}

function driverCode(error: unknown): string | undefined {
  const code = driverError(error)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** A write failed because the database's disk is full. */
export function isDatabaseFull(error: unknown): boolean {
  const code = driverCode(error);
  if (code === undefined || !code.startsWith('ER_')) return false;
  // A failed write of any other kind names the system's error: 28 is ENOSPC.
  return FULL_CODES.has(code) || /No space left on device|errno: 28\b/.test(String(error));
}

/** A row with the same unique key exists already. */
export function isDuplicateKey(error: unknown): boolean {
  return driverCode(error) === 'ER_DUP_ENTRY';
}

/** Two transactions stood in each other's way; running the whole transaction again is safe. */
export function isRetryable(error: unknown): boolean {
  const code = driverCode(error);
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT' || code === 'ER_CHECKREAD';
}

/** The database could not be reached, or the connection broke. */
export function isConnectionFailure(error: unknown): boolean {
  const code = driverCode(error);
  if (code !== undefined && CONNECTION_CODES.has(code)) return true;
  // The driver wrote to a connection that had just been cut.
  if (code === 'ERR_STREAM_DESTROYED') return driverError(error)?.fatal === true;
  // The socket of a server that is gone; other files may be missing as well.
  if (code === 'ENOENT') return (error as { syscall?: unknown }).syscall === 'connect';
  const message = error instanceof Error ? error.message : '';
  return /Pool is closed|closed state|Queue limit reached|server has gone away/i.test(message);
}

/** The database refused a statement for what is in it: other rows may well be accepted. */
export function isRefusedStatement(error: unknown): boolean {
  const code = driverCode(error);
  if (!code?.startsWith('ER_') || isConnectionFailure(error)) return false;
  return !isRetryable(error) && !isDatabaseFull(error);
}
