import { Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly, ClientAddress, CurrentUser } from '../auth/access';
import { ChangesByGet } from '../http/changes-by-get';
import { DscapeController } from '../http/controllers';
import { InvalidParameterError } from '../http/errors/request.errors';
import { AnswersList, Fails } from '../http/openapi/envelopes';
import { BusinessCode } from '../platform/errors/business-code';
import { bilingual } from '../platform/i18n/bilingual';
import { IssueInviteCodesQueryDto } from './dto/issue-query.dto';
import { InviteCodeService } from './invite-code.service';

/** Invite codes, for administrators. */
@DscapeController('user/admin', 'Invite codes')
export class InviteCodeController {
  constructor(private readonly inviteCodes: InviteCodeService) {}

  @Get('inviteCode')
  @AdminOnly()
  @ChangesByGet()
  @ApiOperation({ summary: 'Issue invite codes / 管理员发放注册码' })
  @AnswersList(String)
  @Fails({ kind: 'too-many', code: BusinessCode.TooManyInviteCodes })
  issueInviteCodes(
    @Query() query: IssueInviteCodesQueryDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<string[]> {
    return this.inviteCodes.issue(
      admin,
      {
        count: query.count ?? 1,
        expiresAt: futureTime(query.expired ?? 0),
        maxUses: query.maxUses ?? 1,
        note: query.note ?? '',
        approval: query.approval ?? false,
      },
      address,
    );
  }
}

function futureTime(expired: number): Date | null {
  if (expired === 0) return null;
  if (expired <= Date.now()) {
    const message = bilingual('过期时间须在将来', 'must lie in the future');
    throw new InvalidParameterError([{ field: 'expired', message }]);
  }
  return new Date(expired);
}
