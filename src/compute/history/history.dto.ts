import { BoolField, IntField, UuidField } from '../../http/fields';

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
}

export class ConfirmDto {
  @BoolField({ description: 'The confirmed diagnosis: whether the patient has HCC' })
  hcc: boolean;
}
