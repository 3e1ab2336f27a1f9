import { BoolField, EnumField, IntField, TextField, UuidField } from '../../http/fields';
import { InstantField } from '../../http/fields/time-fields';
import { bilingual } from '../../platform/i18n/bilingual';
import { PidField } from '../samples/sample-fields';

export class HistoryOwnerParams {
  @UuidField({ description: 'Whose records; another user’s are for administrators' })
  uid: string;
}

export class RecordParams {
  @IntField({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'Id of the record' })
  rid: number;
}

export class HistoryQueryDto {
  @IntField({
    min: 0,
    max: 1_000_000_000,
    optional: true,
    description: 'Records to pass over; wins over `page`',
  })
  offset?: number;

  @IntField({ min: 1, max: 500, optional: true, default: 20, description: 'Records a page' })
  limit?: number;

  @IntField({ min: 1, max: 1_000_000_000, optional: true, default: 1, description: 'From 1 on' })
  page?: number;

  @PidField({ optional: 'or-empty' })
  pid?: number;

  @TextField({
    maxLength: 64,
    pattern: /^[\x21-\x7e]+$/,
    rule: bilingual('须为可见的 ASCII 字符', 'must consist of visible ASCII characters'),
    optional: 'or-empty',
    description: 'Id of the model that computed it',
    example: 'hcc-fragment-nb@1.0.0',
  })
  model?: string;

  @InstantField({
    optional: 'or-empty',
    description: 'Computed at this time or later',
  })
  from?: string;

  @InstantField({ optional: 'or-empty', description: 'Computed before this time' })
  to?: string;

  @EnumField({
    values: ['true', 'false', 'none'],
    enumName: 'ConfirmedStatus',
    optional: 'or-empty',
    description: 'The confirmed diagnosis; `none`: not confirmed yet',
  })
  hcc?: 'true' | 'false' | 'none';

  @BoolField({ optional: 'or-empty', description: 'The status that was inferred' })
  hcc_infer?: boolean;
}

export class ConfirmDto {
  @BoolField({ description: 'The confirmed diagnosis: whether the patient has HCC' })
  hcc: boolean;
}
