import { BusinessCode } from '../platform/errors/business-code';
import { DomainError, domainError } from '../platform/errors/domain-error';
import { bilingual } from '../platform/i18n/bilingual';

/** Unknown name, wrong password or a deregistered account; the answer does not reveal which. */
export class WrongCredentialsError extends domainError(
  'unauthenticated',
  '用户名或密码错误，请检查后重试',
  'Wrong user name or password; check both and try again',
  { code: BusinessCode.WrongCredentials },
) {}

export class AccountBannedError extends domainError(
  'forbidden',
  '用户已被封禁，请联系管理员',
  'This account is banned; please ask an administrator',
  { code: BusinessCode.AccountBanned },
) {}

export class AwaitingApprovalError extends domainError(
  'forbidden',
  '上级管理员未认证该用户，请等待管理员批准',
  'This account is waiting for the approval of an administrator',
  { code: BusinessCode.AwaitingApproval },
) {}

/** The role is not enough, or the resource belongs to another user. */
export class PermissionDeniedError extends DomainError {
  constructor(
    message = bilingual(
      '权限不足，此操作需要管理员或资源所有者',
      'Permission denied; only an administrator or the owner may do this',
    ),
  ) {
    super('forbidden', message);
  }
}

export class AddressBannedError extends domainError(
  'forbidden',
  '请求的ip已被封禁，请联系管理员',
  'Your network address is banned; please ask an administrator',
  { code: BusinessCode.AddressBanned },
) {}

export class ComputeBannedError extends domainError(
  'forbidden',
  '该用户已被禁止计算，请联系管理员',
  'This account may not compute; please ask an administrator',
  { code: BusinessCode.ComputeBanned },
) {}

/** Too many attempts; `Retry-After` says when to try again. */
export class TooManyAttemptsError extends DomainError {
  constructor(retryAfterSeconds: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
    super(
      'too-many',
      bilingual(
        `请求过于频繁，请在 ${seconds} 秒后重试`,
        `Too many requests; try again in ${seconds} seconds`,
      ),
      { retryAfterSeconds: seconds },
    );
  }
}
