import type { DomainError } from '../../platform/errors/domain-error';
import type { Language } from '../../platform/i18n/bilingual';
import { familyOf } from '../request/request-context';

/** The body of a failed call in the envelope of its family. */
export function failureBody(
  failure: Pick<DomainError, 'code' | 'text' | 'details'>,
  path: string,
  requestId: string,
  language: Language,
): Record<string, unknown> {
  const details = failure.details?.map(({ field, message }) => ({
    field,
    message: message[language],
  }));
  const text = failure.text[language];
  const extra = { requestId, ...(details ? { details } : {}) };
  return familyOf(path) === 'stackhub'
    ? { code: '0', message: text, data: null, error: failure.code, ...extra }
    : { code: failure.code, msg: text, data: null, ...extra };
}
