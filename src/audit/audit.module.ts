import { Global, Module } from '@nestjs/common';
import { AuditService } from './audit.service';

/** Global: every part of the product writes to the one log. */
@Global()
@Module({ providers: [AuditService], exports: [AuditService] })
export class AuditModule {}
