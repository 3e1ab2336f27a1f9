import { InvalidParameterError } from '../../http/errors/request.errors';
import { BusinessCode } from '../../platform/errors/business-code';
import { domainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** The ban would cover the caller, this machine or a trusted proxy. */
export class AddressBanTooWideError extends InvalidParameterError {
  constructor() {
    super([
      {
        field: 'address',
        message: bilingual(
          '不能封禁自己的地址、本机回环地址或受信任的代理',
          'must not cover your own address, loopback or a trusted proxy',
        ),
      },
    ]);
  }
}

export class AddressBanExistsError extends domainError(
  'conflict',
  '该地址已被封禁，如需修改请先解除',
  'This address is banned already; lift that ban first to change it',
  { code: BusinessCode.AlreadyExists },
) {}

export class AddressBanNotFoundError extends domainError(
  'not-found',
  '没有这条封禁记录',
  'There is no such address ban',
) {}
