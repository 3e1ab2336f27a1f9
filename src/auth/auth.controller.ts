import { RefreshTokenExpiredError, TokenInvalidError } from './tokens/token.errors';
import { SessionNotFoundError } from './sessions/session.errors';
import {
  AccountBannedError,
  AddressBannedError,
  AwaitingApprovalError,
  TooManyAttemptsError,
  WrongCredentialsError,
} from './auth.errors';
import { Body, Delete, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, AnswersList, AnswersNothing, Fails } from '../http/openapi/envelopes';
import { Authenticated, Public } from '../http/access/access-rule';
import { ClientAddress } from './addresses/client-addresses';
import { CurrentUser } from '../http/access/current-user';
import {
  LoginDto,
  RefreshDto,
  SessionDto,
  SidParamDto,
  TokensDto,
  toSessionDto,
  toTokensDto,
} from './auth.dto';
import { LoginService } from './login/login.service';
import { OwnSessionsService } from './sessions/own-sessions.service';
import { RefreshService } from './sessions/refresh.service';

/** Signing in, staying signed in, signing out. */
@DscapeController('user', 'Sign-in')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly refreshes: RefreshService,
    private readonly sessions: OwnSessionsService,
  ) {}

  @Post('login')
  @Public()
  @ApiOperation({ summary: 'Sign in / 用户登录' })
  @Answers(TokensDto)
  @Fails(
    new WrongCredentialsError(),
    new AccountBannedError(),
    new AwaitingApprovalError(),
    new AddressBannedError(),
    new TooManyAttemptsError(5),
  )
  async login(
    @Body() body: LoginDto,
    @ClientAddress() address: string,
    @Headers('user-agent') userAgent = '',
  ): Promise<TokensDto> {
    return toTokensDto(
      await this.logins.login(body.user_name, body.password, { address, userAgent }),
    );
  }

  @Post('refresh')
  @Public()
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens / 刷新 token' })
  @Answers(TokensDto)
  @Fails(
    new RefreshTokenExpiredError(),
    new TokenInvalidError(),
    new AccountBannedError(),
    new AddressBannedError(),
    new TooManyAttemptsError(5),
  )
  async refresh(@Body() body: RefreshDto, @ClientAddress() address: string): Promise<TokensDto> {
    return toTokensDto(await this.refreshes.refresh(body.refresh_token, address));
  }

  @Post('logout')
  @Authenticated()
  @ApiOperation({ summary: 'End this session / 退出登录' })
  @AnswersNothing()
  async logout(@CurrentUser() user: CurrentUser, @ClientAddress() address: string): Promise<void> {
    await this.sessions.logout(user, address);
  }

  @Get('sessions')
  @Authenticated()
  @ApiOperation({ summary: 'Own sessions, the latest used first / 查询自己的会话' })
  @AnswersList(SessionDto)
  async sessionsOfMe(@CurrentUser() user: CurrentUser): Promise<SessionDto[]> {
    return (await this.sessions.list(user)).map((session) => toSessionDto(session, user.sid));
  }

  @Delete('sessions/:sid')
  @Authenticated()
  @ApiOperation({ summary: 'End one of the own sessions / 结束自己的一个会话' })
  @AnswersNothing()
  @Fails(new SessionNotFoundError())
  async endSession(
    @Param() { sid }: SidParamDto,
    @CurrentUser() user: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<void> {
    await this.sessions.remove(user, sid, address);
  }
}
