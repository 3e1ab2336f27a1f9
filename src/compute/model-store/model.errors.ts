import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

export class ModelNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        '没有这个模型，可用模型见 GET /compute/models',
        'There is no such model; GET /compute/models lists them',
      ),
    });
  }
}

/** An import, a training or a rerun needs a model in use, and there is none. */
export class NoModelInUseError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.InternalError,
      kind: 'unavailable',
      message: bilingual(
        '没有启用的模型，请管理员先启用一个模型',
        'No model is in use; an administrator has to activate one first',
      ),
    });
  }
}
