import { Body, Get, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ClientAddress } from '../auth/addresses/client-addresses';
import { Public } from '../http/access/access-rule';
import { DscapeController } from '../http/openapi/controllers';
import { Answers, Fails } from '../http/openapi/envelopes';
import { BusinessCode } from '../platform/errors/business-code';
import { RegistrationStateDto } from './registration.dto';
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
  @Answers(UidDto)
  @Fails(
    { kind: 'conflict', code: BusinessCode.NameTaken },
    { kind: 'forbidden', code: BusinessCode.InviteCodeInvalid },
    { kind: 'forbidden', code: BusinessCode.AddressBanned },
    { kind: 'too-many', code: BusinessCode.BadRequest, when: 'too many attempts, see Retry-After' },
  )
  async register(@Body() body: RegisterDto, @ClientAddress() address: string): Promise<UidDto> {
    const { user_name, password, invite_code = null } = body;
    return { uid: await this.registrations.register(user_name, password, invite_code, address) };
  }
}
