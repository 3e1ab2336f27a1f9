import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { fieldRule, IntField, TextField } from '../../http/fields';
import { PageDto } from '../../http/fields/paging';
import { TimestampField } from '../../http/fields/time-fields';
import { bilingual } from '../../platform/i18n/bilingual';
import { ApiTime } from '../../http/fields/api-fields';
import { IpNetwork } from '../../platform/addresses/ip-network';
import type { BannedAddress } from './banned-address.entity';

function AddressField(): PropertyDecorator {
  return applyDecorators(
    TextField({
      maxLength: 49,
      description: 'an IPv4 or IPv6 address, or a CIDR block',
      example: '203.0.113.0/24',
    }),
    fieldRule(
      'address',
      (value) => typeof value === 'string' && IpNetwork.parse(value) !== null,
      bilingual('须为 IP 地址或 CIDR 网段', 'must be an IP address or a CIDR block'),
    ),
  );
}

export class BanAddressDto {
  @AddressField()
  address: string;

  @TextField({ minLength: 0, maxLength: 200, optional: true, example: 'password guessing' })
  reason?: string;

  @TimestampField({
    description: 'end of the ban, milliseconds since the epoch; 0 or absent: none',
  })
  expired?: number;
}

export class AddressBanIdDto {
  @IntField({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'id of the ban' })
  id: number;
}

export class AddressBanDto {
  @ApiProperty({ type: 'integer', format: 'int64' })
  id: number;

  @ApiProperty({ type: 'string', example: '203.0.113.0/24' })
  address: string;

  @ApiProperty({ type: 'string' })
  reason: string;

  @ApiTime('end of the ban; null: none', true)
  expired: number | null;

  @ApiProperty({ type: 'boolean', description: 'false when its end has come' })
  active: boolean;

  @ApiTime('when it was made')
  created: number;
}

export class AddressBanPageDto extends PageDto {
  @ApiProperty({ type: [AddressBanDto] })
  items: AddressBanDto[];
}

export function toAddressBanDto(ban: BannedAddress): AddressBanDto {
  return {
    id: ban.id,
    address: ban.network,
    reason: ban.reason,
    expired: ban.endsAt && +ban.endsAt,
    active: !ban.endsAt || +ban.endsAt > Date.now(),
    created: +ban.createdAt,
  };
}
