import { Module } from '@nestjs/common';
import { InviteCodeModule } from '../invite-codes/invite-code.module';
import { RegistrationController } from './registration.controller';
import { RegistrationService } from './registration.service';

@Module({
  imports: [InviteCodeModule],
  controllers: [RegistrationController],
  providers: [RegistrationService],
})
export class UserModule {}
