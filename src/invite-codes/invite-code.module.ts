import { Module } from '@nestjs/common';
import { InviteCodeController } from './invite-code.controller';
import { InviteCodeLedger } from './invite-code-ledger';
import { InviteCodeService } from './invite-code.service';

@Module({
  controllers: [InviteCodeController],
  providers: [InviteCodeLedger, InviteCodeService],
  exports: [InviteCodeService],
})
export class InviteCodeModule {}
