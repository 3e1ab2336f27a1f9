import { BusinessCode } from '../platform/errors/business-code';
import { DomainError, domainError } from '../platform/errors/domain-error';
import { bilingual } from '../platform/i18n/bilingual';

/** Missing, unknown, used up, expired or revoked; the answer does not reveal which. */
export class InviteCodeInvalidError extends domainError(
  'forbidden',
  BusinessCode.InviteCodeInvalid,
  '注册码不正确或已失效，请向管理员索取新的注册码',
  'The invite code is not valid (any more); ask an administrator for a new one',
) {}

/** An administrator would have more valid codes than allowed; none was issued. */
export class TooManyInviteCodesError extends DomainError {
  constructor(limit: number, valid: number) {
    super({
      code: BusinessCode.TooManyInviteCodes,
      kind: 'too-many',
      message: bilingual(
        `申请数量超过上限：最多 ${limit} 条有效注册码，现有 ${valid} 条，请先撤销一些`,
        `Too many: at most ${limit} valid invite codes, there are ${valid}; revoke some first`,
      ),
    });
  }
}

export class InviteCodeNotFoundError extends domainError(
  'not-found',
  BusinessCode.BadRequest,
  '没有这个注册码',
  'There is no such invite code',
) {}
