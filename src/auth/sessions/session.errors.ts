import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

export class SessionNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        '没有这个会话，或会话已结束',
        'There is no such session, or it has ended already',
      ),
    });
  }
}
