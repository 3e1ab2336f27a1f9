import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller';
import { AuditLog } from './audit-log';
import { AuditRetention } from './audit-retention';
import { AuditService } from './audit.service';

/** Global: every feature writes to the audit log. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [AuditLog, AuditRetention, AuditService],
  exports: [AuditService],
})
export class AuditModule {}
