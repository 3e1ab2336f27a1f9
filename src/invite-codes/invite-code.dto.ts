import { ApiProperty } from '@nestjs/swagger';
import { BoolField, EnumField, IntField, TextField } from '../http/fields';
import { TimestampField } from '../http/fields/time-fields';
import { VALID_CODES_PER_ADMIN } from './invite-code.service';
import { PageDto, PageQueryDto } from '../http/fields/paging';
import { ApiTime } from '../http/fields/api-fields';
import { USES_SHOWN, type CodeEntry } from './invite-code-ledger';
import { INVITE_CODE_STATES, stateOf, type InviteCodeState } from './invite-code-state';

export class IssueInviteCodesQueryDto {
  @TimestampField({
    description: 'end of the codes, milliseconds since the epoch; 0 or absent: never',
  })
  expired?: number;

  @IntField({
    min: 1,
    max: VALID_CODES_PER_ADMIN,
    optional: 'or-empty',
    default: 1,
    description: 'how many codes',
  })
  count?: number;

  @IntField({
    min: 1,
    max: 1_000_000,
    optional: 'or-empty',
    default: 1,
    description: 'how many accounts each code can create',
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
    optional: 'or-empty',
    default: false,
    description: 'accounts made with it wait until an administrator approves them',
  })
  approval?: boolean;
}

export class InviteCodeListQueryDto extends PageQueryDto {
  @EnumField({ values: INVITE_CODE_STATES, enumName: 'InviteCodeState', optional: 'or-empty' })
  state?: InviteCodeState;
}

export class InviteCodeParamDto {
  @TextField({ maxLength: 64, example: '7G2KD-0XQ4M-9TB1R-WZ5CH' })
  code: string;
}

export class InviteCodeUserDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  uid: string;

  @ApiProperty({ type: 'string' })
  user_name: string;
}

export class InviteCodeUseDto extends InviteCodeUserDto {
  @ApiTime('when the account was made')
  time: number;
}

export class InviteCodeDto {
  @ApiProperty({ type: 'string', example: '7G2KD-0XQ4M-9TB1R-WZ5CH' })
  code: string;

  @ApiProperty({ enum: INVITE_CODE_STATES, enumName: 'InviteCodeState' })
  state: InviteCodeState;

  @ApiProperty({ type: InviteCodeUserDto })
  issued_by: InviteCodeUserDto;

  @ApiTime('when it was issued')
  created: number;

  @ApiTime('end; null: none', true)
  expired: number | null;

  @ApiTime('when it was revoked', true)
  revoked: number | null;

  @ApiProperty({ type: 'integer', description: 'accounts it can create' })
  max_uses: number;

  @ApiProperty({ type: 'integer', description: 'accounts made with it' })
  used_count: number;

  @ApiProperty({ type: 'string' })
  note: string;

  @ApiProperty({ type: 'boolean', description: 'accounts made with it wait for an approval' })
  approval: boolean;

  @ApiProperty({
    type: [InviteCodeUseDto],
    description: `who used it, latest first, at most ${USES_SHOWN}`,
  })
  uses: InviteCodeUseDto[];
}

export class InviteCodePageDto extends PageDto {
  @ApiProperty({ type: [InviteCodeDto] })
  items: InviteCodeDto[];
}

export function toInviteCodeDto({ code, issuer, uses }: CodeEntry, now: Date): InviteCodeDto {
  return {
    code: code.code,
    state: stateOf(code, now),
    issued_by: { uid: issuer.uid, user_name: issuer.name },
    created: +code.createdAt,
    expired: code.expiresAt && +code.expiresAt,
    revoked: code.revokedAt && +code.revokedAt,
    max_uses: code.maxUses,
    used_count: code.usedCount,
    note: code.note,
    approval: code.approval,
    uses: uses.map((use) => ({ uid: use.uid, user_name: use.name, time: +use.usedAt })),
  };
}
