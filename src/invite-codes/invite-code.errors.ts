import { BusinessCode } from '../platform/errors/business-code';
import { domainError } from '../platform/errors/domain-error';

/** Missing, unknown, used up, expired or revoked; the answer does not reveal which. */
export class InviteCodeInvalidError extends domainError(
  'forbidden',
  '注册码不正确或已失效，请向管理员索取新的注册码',
  'The invite code is not valid (any more); ask an administrator for a new one',
  { code: BusinessCode.InviteCodeInvalid },
) {}

/** An administrator would have more valid codes than allowed; none was issued. */
export class TooManyInviteCodesError extends domainError(
  'too-many',
  (limit: number, valid: number) =>
    `申请数量超过上限：最多 ${limit} 条有效注册码，现有 ${valid} 条，请先撤销一些`,
  (limit, valid) =>
    `Too many: at most ${limit} valid invite codes, there are ${valid}; revoke some first`,
  { code: BusinessCode.TooManyInviteCodes },
) {}

export class InviteCodeNotFoundError extends domainError(
  'not-found',
  '没有这个注册码',
  'There is no such invite code',
) {}
