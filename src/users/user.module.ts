import { Module } from '@nestjs/common';
import { InviteCodeModule } from '../invite-codes/invite-code.module';
import { PasswordChangeService } from './password-change.service';
import { RegistrationController } from './registration.controller';
import { RegistrationService } from './registration.service';
import { UserAdministrationController } from './user-administration.controller';
import { UserAdministration } from './user-administration';
import { SetupToken } from './setup-token';
import { UserController } from './user.controller';
import { UserDirectory } from './user-directory';

@Module({
  imports: [InviteCodeModule],
  controllers: [RegistrationController, UserController, UserAdministrationController],
  providers: [
    PasswordChangeService,
    RegistrationService,
    SetupToken,
    UserAdministration,
    UserDirectory,
  ],
  exports: [RegistrationService, SetupToken, UserDirectory],
})
export class UserModule {}
