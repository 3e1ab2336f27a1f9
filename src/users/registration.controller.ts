import { NameTakenError, SetupTokenRequiredError } from './user.errors';
import { InviteCodeInvalidError } from '../invite-codes/invite-code.errors';
import { AddressBannedError, TooManyAttemptsError } from '../auth/auth.errors';
import { Body, Get, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ClientAddress } from '../auth/addresses/client-addresses';
import { Public } from '../http/access/access-rule';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, Fails } from '../http/openapi/envelopes';
import { RegistrationStateDto } from './registration.dto';
import { SETUP_TOKEN_HEADER } from './setup-token';
import { RegisterDto } from './user-input.dto';
import { UidDto } from './user.dto';
import { RegistrationService } from './registration.service';

@DscapeController('user', 'Sign-in')
export class RegistrationController {
  constructor(private readonly registrations: RegistrationService) {}

  @Get('registration')
  @Public()
  @ApiOperation({
    operationId: 'registrationState',
    summary: 'What the next registration makes: the administrator, or an invited user / 注册状态',
  })
  @Answers(RegistrationStateDto)
  async registrationState(): Promise<RegistrationStateDto> {
    return { first_administrator: await this.registrations.firstAdminIsMissing() };
  }

  @Post('register')
  @Public()
  @ApiOperation({ summary: 'Register; the first account is the administrator / 用户注册' })
  @ApiHeader({
    name: SETUP_TOKEN_HEADER,
    required: false,
    description:
      'for the first account only: the token in the link that `npm start` prints and in `secrets/setup-token` of the data folder. ' +
      'Not needed on the machine itself, without a proxy and outside of containers.',
  })
  @Answers(UidDto)
  @Fails(
    new NameTakenError(),
    new InviteCodeInvalidError(),
    new SetupTokenRequiredError(),
    new AddressBannedError(),
    new TooManyAttemptsError(5),
  )
  async register(
    @Body() body: RegisterDto,
    @ClientAddress() address: string,
    @Req() { raw, headers }: FastifyRequest,
  ): Promise<UidDto> {
    const { user_name, password, invite_code = null } = body;
    const origin = { remoteAddress: raw.socket.remoteAddress, headers };
    return {
      uid: await this.registrations.register(user_name, password, invite_code, address, origin),
    };
  }
}
