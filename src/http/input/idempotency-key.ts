import { InvalidParameterError } from '../errors/request.errors';
import { bilingual } from '../../platform/i18n/bilingual';

/** The header's value, checked; undefined where it is absent or empty. */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (!/^[\x21-\x7e]{1,200}$/.test(header)) {
    throw new InvalidParameterError([
      {
        field: 'Idempotency-Key',
        message: bilingual(
          '须为 1 到 200 个可见 ASCII 字符',
          'must be 1 to 200 visible ASCII characters',
        ),
      },
    ]);
  }
  return header;
}
