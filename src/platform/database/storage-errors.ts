import { domainError, type DomainError } from '../errors/domain-error';
import {
  DatabaseFullError,
  DatabaseUnavailableError,
  isConnectionFailure,
  isDatabaseFull,
} from './database-errors';

/** The disk of the data folder is full, or its quota used up. */
export class DataFolderFullError extends domainError(
  'unavailable',
  '数据目录所在磁盘已满，暂时无法保存：请清理空间后重试',
  'The disk of the data folder is full, so nothing can be saved: free some space and try again',
  (cause?: unknown) => ({ retryAfterSeconds: 60, cause }),
) {}

/** What is wrong with the database or the data folder, where that is why the work failed. */
export function storageErrorOf(error: unknown): DomainError | null {
  if (isConnectionFailure(error)) return new DatabaseUnavailableError(error);
  if (isDatabaseFull(error)) return new DatabaseFullError(error);
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DataFolderFullError(error) : null;
}
