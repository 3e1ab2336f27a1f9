import { LastAdminError } from './last-admin';
import { UserExistsError, UserNotFoundError } from './user.errors';
import { Body, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../http/access/access-rule';
import { ClientAddress } from '../auth/addresses/client-addresses';
import { CurrentUser } from '../http/access/current-user';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, AnswersList, AnswersNothing, Fails } from '../http/openapi/envelopes';
import { SessionDto, toSessionDto } from '../auth/auth.dto';
import { SessionNotFoundError } from '../auth/sessions/session.errors';
import { pageOf } from '../http/fields/paging';
import {
  AddUserDto,
  ModifyQuotaQueryDto,
  ModifyRoleQueryDto,
  ModifyStatusQueryDto,
  UidParamDto,
  UserListQueryDto,
  UserSessionParamDto,
} from './user-input.dto';
import { AddedUserDto, toUserDto, UserDto, UserPageDto } from './user.dto';
import { UserAdministration } from './user-administration';
import { UserDirectory } from './user-directory';
import { UserRole } from '../accounts/user.entity';

const NO_SUCH_USER = new UserNotFoundError();
const LAST_ADMIN = new LastAdminError();

/** Accounts, for administrators. */
@DscapeController('user/admin', 'Users')
export class UserAdministrationController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly administration: UserAdministration,
  ) {}

  @Post('add')
  @AdminOnly()
  @ApiOperation({ summary: 'Add a user / 添加用户' })
  @Answers(AddedUserDto)
  @Fails(new UserExistsError())
  async addUser(
    @Body() body: AddUserDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<AddedUserDto> {
    const role = body.role ?? UserRole.User;
    const call = { admin, address };
    return {
      uid: await this.administration.add(call, body.user_name, body.password, role),
      role,
    };
  }

  @Get('list')
  @AdminOnly()
  @ApiOperation({ summary: 'List users / 用户列表' })
  @Answers(UserPageDto)
  async listUsers(@Query() query: UserListQueryDto): Promise<UserPageDto> {
    const { total, users } = await this.directory.list(query);
    const { page, take } = pageOf(query);
    return { total, page, limit: take, items: users.map(toUserDto) };
  }

  @Get(':uid')
  @AdminOnly()
  @ApiOperation({ summary: 'One user / 用户详情' })
  @Answers(UserDto)
  @Fails(NO_SUCH_USER)
  async getUser(@Param() { uid }: UidParamDto): Promise<UserDto> {
    return toUserDto(await this.directory.getByUid(uid));
  }

  @Get('sessions/:uid')
  @AdminOnly()
  @ApiOperation({ summary: 'Sessions of a user, the latest used first / 查询用户的会话' })
  @AnswersList(SessionDto)
  @Fails(NO_SUCH_USER)
  async listUserSessions(
    @Param() { uid }: UidParamDto,
    @CurrentUser() admin: CurrentUser,
  ): Promise<SessionDto[]> {
    const sessions = await this.administration.listSessions(uid);
    return sessions.map((session) => toSessionDto(session, admin.sid));
  }

  @Delete('sessions/:uid/:sid')
  @AdminOnly()
  @ApiOperation({
    summary: 'End a session of a user / 结束用户的一个会话',
    description: 'Its tokens are refused from the next request on, and its event streams end.',
  })
  @AnswersNothing()
  @Fails(NO_SUCH_USER, new SessionNotFoundError())
  async endUserSession(
    @Param() { uid, sid }: UserSessionParamDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.administration.endSession({ admin, address }, uid, sid);
  }

  @Post('modifyStatus/:uid')
  @AdminOnly()
  @ApiOperation({
    summary: 'Ban, deregister or restore a user / 封禁、删除用户',
    description: 'Holds from the next request of that user on.',
  })
  @AnswersNothing()
  @Fails(NO_SUCH_USER, LAST_ADMIN)
  async modifyStatus(
    @Param() { uid }: UidParamDto,
    @Query() { status }: ModifyStatusQueryDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.administration.setStatus({ admin, address }, uid, status);
  }

  @Post('modifyRole/:uid')
  @AdminOnly()
  @ApiOperation({ summary: 'Appoint or demote an administrator / 修改用户角色' })
  @AnswersNothing()
  @Fails(NO_SUCH_USER, LAST_ADMIN)
  async modifyRole(
    @Param() { uid }: UidParamDto,
    @Query() { role }: ModifyRoleQueryDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.administration.setRole({ admin, address }, uid, role);
  }

  @Post('approve/:uid')
  @AdminOnly()
  @ApiOperation({ summary: 'Approve a waiting account / 批准待认证用户' })
  @AnswersNothing()
  @Fails(NO_SUCH_USER)
  async approveUser(
    @Param() { uid }: UidParamDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.administration.approve({ admin, address }, uid);
  }

  @Post('quota/:uid')
  @AdminOnly()
  @ApiOperation({ summary: 'Set a user’s daily compute quota / 设置用户计算配额' })
  @AnswersNothing()
  @Fails(NO_SUCH_USER)
  async modifyQuota(
    @Param() { uid }: UidParamDto,
    @Query() { quota }: ModifyQuotaQueryDto,
    @CurrentUser() admin: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.administration.setQuota({ admin, address }, uid, quota ?? null);
  }
}
