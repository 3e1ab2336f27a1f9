import { InvalidParameterError } from '../../http/errors/request.errors';
import { domainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** Only a risk that is there now can be acknowledged. */
export class RiskNotFoundError extends domainError(
  'not-found',
  '没有这个风险，可能已经消除；现有风险见 GET /api/v1/server/risks',
  'There is no such risk, it may be fixed by now; GET /api/v1/server/risks lists what there is',
) {}

/** The end of an acknowledgement lies in the past. */
export class AcknowledgementEndPastError extends InvalidParameterError {
  constructor() {
    super([
      { field: 'until', message: bilingual('须为将来的时间', 'must be a time in the future') },
    ]);
  }
}
