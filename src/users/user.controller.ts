import { UserNotFoundError } from './user.errors';
import {
  PermissionDeniedError,
  TooManyAttemptsError,
  WrongCredentialsError,
} from '../auth/auth.errors';
import { Body, Get, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated } from '../http/access/access-rule';
import { ClientAddress } from '../auth/addresses/client-addresses';
import { CurrentUser } from '../http/access/current-user';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, AnswersNothing, Fails } from '../http/openapi/envelopes';
import { settle } from '../platform/waiting/settle';
import { ModifyPasswordDto, UidParamDto } from './user-input.dto';
import { toUserDto, UserDto } from './user.dto';
import { PasswordChangeService } from './password-change.service';
import { UserDirectory } from './user-directory';

/** The caller's own account. */
@DscapeController('user', 'Account')
export class UserController {
  constructor(
    private readonly users: UserDirectory,
    private readonly passwords: PasswordChangeService,
  ) {}

  @Get('me')
  @Authenticated()
  @ApiOperation({ summary: 'The account that is signed in / 查询当前用户' })
  @Answers(UserDto)
  me(@CurrentUser() user: CurrentUser): UserDto | Promise<UserDto> {
    return settle(this.users.getOwn(user.uid), toUserDto);
  }

  @Post('modifyPassword/:uid')
  @Authenticated()
  @ApiOperation({
    summary: 'Change the own password, or reset one as an administrator / 修改密码',
    description: 'All other sessions of the account end.',
  })
  @AnswersNothing()
  @Fails(
    new WrongCredentialsError(),
    new PermissionDeniedError(),
    new UserNotFoundError(),
    new TooManyAttemptsError(5),
  )
  async modifyPassword(
    @Param() { uid }: UidParamDto,
    @Body() body: ModifyPasswordDto,
    @CurrentUser() user: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    const change = {
      uid,
      oldDigest: body.old_password ?? null,
      newDigest: body.new_password,
    };
    await this.passwords.change(user, change, address);
  }
}
