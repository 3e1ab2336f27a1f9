import { BoolField, IntField, TextField } from '../http/fields';
import { TimestampField } from '../http/fields/time-fields';
import { VALID_CODES_PER_ADMIN } from './invite-code.service';

export class IssueInviteCodesQueryDto {
  @TimestampField({
    description: 'end of the codes, milliseconds since the epoch; 0 or absent: never',
  })
  expired?: number;

  @IntField({
    min: 1,
    max: VALID_CODES_PER_ADMIN,
    optional: true,
    emptyIsAbsent: true,
    default: 1,
    description: 'how many codes',
  })
  count?: number;

  @IntField({
    min: 1,
    max: 1_000_000,
    optional: true,
    emptyIsAbsent: true,
    default: 1,
    description: 'how many accounts each code is good for',
  })
  maxUses?: number;

  @TextField({
    minLength: 0,
    maxLength: 200,
    optional: true,
    description: 'what the codes are for',
  })
  note?: string;

  @BoolField({
    optional: true,
    emptyIsAbsent: true,
    default: false,
    description: 'accounts made with it wait until an administrator approves them',
  })
  approval?: boolean;
}
