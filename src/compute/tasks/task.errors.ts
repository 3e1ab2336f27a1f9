import { BusinessCode } from '../../platform/errors/business-code';
import { domainError } from '../../platform/errors/domain-error';

/** `left`: units still free today, fewer than were asked for. */
export class QuotaExceededError extends domainError(
  'too-many',
  (limit: number, left: number, asked: number, _secondsToMidnight: number) =>
    `今日计算配额为 ${limit}，剩余 ${left}，本次需要 ${asked}；UTC 零点后重试，或请管理员提高配额`,
  (limit, left, asked) =>
    `The quota is ${limit} computations a day, ${left} are left and this asks for ${asked}; ` +
    `try again after midnight UTC, or ask an administrator for a higher quota`,
  (_limit, _left, _asked, secondsToMidnight) => ({
    code: BusinessCode.QuotaExceeded,
    retryAfterSeconds: secondsToMidnight,
  }),
) {}

export class TaskNotFoundError extends domainError(
  'not-found',
  '没有这个计算任务，请核对任务id',
  'There is no such task; check its id',
) {}

export class BatchNotFoundError extends domainError(
  'not-found',
  '没有这个批次，请核对批次id',
  'There is no such batch; check its id',
) {}

/** A task that is done cannot be cancelled. */
export class TaskAlreadyDoneError extends domainError(
  'invalid',
  '任务已完成，不能取消；可以删除其计算记录',
  'The task is done and cannot be cancelled; its record can be deleted',
) {}
