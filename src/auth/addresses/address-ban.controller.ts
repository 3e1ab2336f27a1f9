import {
  AddressBanExistsError,
  AddressBanNotFoundError,
  AddressBanTooWideError,
} from './address-ban.errors';
import { Body, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersNothing, Fails } from '../../http/openapi/envelopes';
import { PageQueryDto, pageOf } from '../../http/fields/paging';
import { futureTime } from '../../http/fields/time-fields';
import { AdminOnly } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import {
  AddressBanDto,
  AddressBanIdDto,
  AddressBanPageDto,
  BanAddressDto,
  toAddressBanDto,
} from './address-ban.dto';
import { AddressBanAdministration } from './address-ban-administration';
import { ClientAddress } from './client-addresses';
import { IpNetwork } from '../../platform/addresses/ip-network';

/** Address bans, for administrators: a banned address can neither sign in, register nor compute. */
@DscapeController('user/admin/bannedIp', 'Address bans')
export class AddressBanController {
  constructor(private readonly bans: AddressBanAdministration) {}

  @Get()
  @AdminOnly()
  @ApiOperation({ summary: 'List address bans, newest first / 地址封禁列表' })
  @Answers(AddressBanPageDto)
  async listAddressBans(@Query() query: PageQueryDto): Promise<AddressBanPageDto> {
    const { page, skip, take } = pageOf(query);
    const { total, bans } = await this.bans.list(skip, take);
    return { total, page, limit: take, items: bans.map(toAddressBanDto) };
  }

  @Post()
  @AdminOnly()
  @ApiOperation({
    summary: 'Ban an address or block / 封禁地址',
    description: 'Refused when it covers your own address, loopback or a trusted proxy.',
  })
  @Answers(AddressBanDto)
  @Fails(new AddressBanExistsError(), new AddressBanTooWideError())
  async banAddress(
    @Body() body: BanAddressDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<AddressBanDto> {
    const network = IpNetwork.parse(body.address);
    if (!network) throw new Error('the address must be validated before');
    const endsAt = futureTime('expired', body.expired);
    const reason = body.reason ?? '';
    return toAddressBanDto(await this.bans.add(admin, address, { network, reason, endsAt }));
  }

  @Delete(':id')
  @AdminOnly()
  @ApiOperation({ summary: 'Lift an address ban / 解除地址封禁' })
  @AnswersNothing()
  @Fails(new AddressBanNotFoundError())
  async liftAddressBan(
    @Param() { id }: AddressBanIdDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.bans.lift(admin, address, id);
  }
}
