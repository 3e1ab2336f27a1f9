import { bilingual } from '../../platform/i18n/bilingual';
import { InvalidParameterError } from '../errors/request.errors';
import { applyDecorators } from '@nestjs/common';
import { fieldRule, IntField, TextField, type FieldOptions } from '.';

/** End of the year 9999, the last of the database, in milliseconds since the epoch. */
const MAX_TIME_MS = 253_402_300_799_000;

/** A point in time as the documents write it: milliseconds since the epoch; may be left empty. */
export function TimestampField(options: FieldOptions = {}): PropertyDecorator {
  return IntField({ min: 0, max: MAX_TIME_MS, optional: 'or-empty', ...options });
}

const INSTANT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const notAnInstant = bilingual(
  '须为带时区的 ISO 8601 时间，例如 2027-01-01T00:00:00Z',
  'must be an ISO 8601 time with its zone, like 2027-01-01T00:00:00Z',
);

/** A point in time as ISO 8601 with its zone: the form of every time that the documents do not lay down. */
export function InstantField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    TextField({
      minLength: 20,
      maxLength: 35,
      format: 'date-time',
      example: '2027-01-01T00:00:00Z',
      ...options,
      pattern: INSTANT,
      rule: notAnInstant,
    }),
    fieldRule('instant', isDayOfItsMonth, notAnInstant),
  );
}

/** `Date` makes a day of March of the 30th of February. */
function isDayOfItsMonth(value: unknown): boolean {
  const day = String(value).slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(+date) && date.toISOString().startsWith(day);
}

/** The end that a caller named: 0 or absent is null, no end. @throws InvalidParameterError for the past */
export function futureTime(field: string, milliseconds: number | undefined): Date | null {
  if (milliseconds === undefined || milliseconds === 0) return null;
  if (milliseconds > Date.now()) return new Date(milliseconds);
  throw new InvalidParameterError([
    { field, message: bilingual('须在将来', 'must lie in the future') },
  ]);
}
