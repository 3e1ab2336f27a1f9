import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { absence, fieldRule, type FieldOptions } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';

/** Largest patient id: 15 digits, exact as a JSON number. */
export const MAX_PID = 999_999_999_999_999;

/** A patient's id: text of 1 to 15 digits, as the document has it, or that whole number. */
export function PidField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      ...(options.optional
        ? { type: 'string', pattern: '^[0-9]{1,15}$' } // in a query everything is text
        : {
            oneOf: [
              { type: 'string', pattern: '^[0-9]{1,15}$' },
              { type: 'integer', format: 'int64', minimum: 0, maximum: MAX_PID },
            ],
          }),
      required: !options.optional,
      example: '2333',
      description:
        'Patient id: a whole number of 1 to 15 digits, as text or as a number. Leading zeros are no part ' +
        'of it: `"007"` is the patient 7.',
    }),
    Transform(
      ({ value }: { value: unknown }) =>
        options.optional === 'or-empty' && value === ''
          ? undefined
          : typeof value === 'string' && /^\d{1,15}$/.test(value)
            ? Number(value)
            : value,
      { toClassOnly: true },
    ),
    absence(options),
    fieldRule(
      'pid',
      (value) =>
        typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_PID,
      bilingual('须为 1 到 15 位数字', 'must be 1 to 15 digits'),
    ),
  );
}
