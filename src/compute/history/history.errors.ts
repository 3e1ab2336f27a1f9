import { domainError } from '../../platform/errors/domain-error';

/** The task or record belongs to another user. */
export class NotYoursError extends domainError(
  'forbidden',
  '权限不足：该数据属于其他用户',
  'Permission denied: this belongs to another user',
) {}

export class RecordNotFoundError extends domainError(
  'not-found',
  '没有这条计算记录，可能已被删除',
  'There is no such record; it may have been deleted',
) {}

export class ComputeUserNotFoundError extends domainError(
  'not-found',
  '没有这个用户，请核对uid',
  'There is no such user; check the uid',
) {}
