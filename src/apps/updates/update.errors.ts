import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** A window without its times, or times without a window. */
export class UpdateWindowError extends DomainError {
  constructor(fields: readonly string[], isMissing: boolean) {
    const message = isMissing
      ? bilingual('按时段更新必须填写', 'is required for a window')
      : bilingual('仅用于按时段更新', 'is for a window only');
    const details: FieldProblem[] = fields.map((field) => ({ field, message }));
    const names = fields.join(', ');
    super('invalid', bilingual(`参数错误：${names}`, `Invalid parameter: ${names}`), {
      code: BusinessCode.InvalidParameter,
      details,
    });
  }
}
