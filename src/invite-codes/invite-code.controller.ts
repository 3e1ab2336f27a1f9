import { InviteCodeNotFoundError, TooManyInviteCodesError } from './invite-code.errors';
import { Delete, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../http/access/access-rule';
import { ClientAddress } from '../auth/addresses/client-addresses';
import { CurrentUser } from '../http/access/current-user';
import { ChangesByGet } from '../http/access/changes-by-get';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, AnswersList, AnswersNothing, Fails } from '../http/openapi/envelopes';
import { pageOf } from '../http/fields/paging';
import { futureTime } from '../http/fields/time-fields';
import {
  InviteCodeListQueryDto,
  InviteCodePageDto,
  InviteCodeParamDto,
  IssueInviteCodesQueryDto,
  toInviteCodeDto,
} from './invite-code.dto';
import { InviteCodeLedger } from './invite-code-ledger';
import { InviteCodeService } from './invite-code.service';

/** Invite codes, for administrators. */
@DscapeController('user/admin', 'Invite codes')
export class InviteCodeController {
  constructor(
    private readonly inviteCodes: InviteCodeService,
    private readonly ledger: InviteCodeLedger,
  ) {}

  @Get('inviteCode')
  @AdminOnly()
  @ChangesByGet()
  @ApiOperation({ summary: 'Issue invite codes / 管理员发放注册码' })
  @AnswersList(String)
  @Fails(new TooManyInviteCodesError(1024, 1024))
  issueInviteCodes(
    @Query() query: IssueInviteCodesQueryDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<string[]> {
    return this.inviteCodes.issue(
      admin,
      {
        count: query.count ?? 1,
        expiresAt: futureTime('expired', query.expired),
        maxUses: query.maxUses ?? 1,
        note: query.note ?? '',
        approval: query.approval ?? false,
      },
      address,
    );
  }

  @Get('inviteCodes')
  @AdminOnly()
  @ApiOperation({ summary: 'List invite codes and who used them, newest first / 注册码列表' })
  @Answers(InviteCodePageDto)
  async listInviteCodes(@Query() query: InviteCodeListQueryDto): Promise<InviteCodePageDto> {
    const { page, skip, take } = pageOf(query);
    const now = new Date();
    const { total, entries } = await this.ledger.list(query.state, skip, take, now);
    return {
      total,
      page,
      limit: take,
      items: entries.map((entry) => toInviteCodeDto(entry, now)),
    };
  }

  @Delete('inviteCode/:code')
  @AdminOnly()
  @ApiOperation({ summary: 'Revoke an invite code; it stays listed / 撤销注册码' })
  @AnswersNothing()
  @Fails(new InviteCodeNotFoundError())
  async revokeInviteCode(
    @Param() { code }: InviteCodeParamDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.ledger.revoke(admin, code, address);
  }
}
