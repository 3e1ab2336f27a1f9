import { bilingual } from '../../platform/i18n/bilingual';
import { InvalidParameterError } from '../errors/request.errors';
import { IntField, type FieldOptions } from '.';

/** End of the year 9999, the last of the database, in milliseconds since the epoch. */
const MAX_TIME_MS = 253_402_300_799_000;

/** A point in time as the documents write it: milliseconds since the epoch; may be left empty. */
export function TimestampField(options: FieldOptions = {}): PropertyDecorator {
  return IntField({ min: 0, max: MAX_TIME_MS, optional: true, emptyIsAbsent: true, ...options });
}

/** The end that a caller named: 0 or absent is null, no end. @throws InvalidParameterError for the past */
export function futureTime(field: string, milliseconds: number | undefined): Date | null {
  if (milliseconds === undefined || milliseconds === 0) return null;
  if (milliseconds > Date.now()) return new Date(milliseconds);
  throw new InvalidParameterError([
    { field, message: bilingual('须在将来', 'must lie in the future') },
  ]);
}
