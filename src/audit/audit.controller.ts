import { Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../http/access/access-rule';
import { DscapeController } from '../http/openapi/controllers';
import { Answers } from '../http/openapi/envelopes';
import { pageOf } from '../http/fields/paging';
import { AuditLog } from './audit-log';
import { AuditPageDto, AuditQueryDto, toAuditEventDto } from './audit.dto';

@DscapeController('user/admin/audit', 'Audit log')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @AdminOnly()
  @ApiOperation({
    summary: 'Who did what to whom, from where and when; newest first / 审计日志',
    description: 'Append only; entries end after `AUDIT_RETENTION_DAYS`.',
  })
  @Answers(AuditPageDto)
  async listAudit(@Query() query: AuditQueryDto): Promise<AuditPageDto> {
    const { total, events } = await this.log.list(query);
    const { page, take } = pageOf(query);
    return { total, page, limit: take, items: events.map(toAuditEventDto) };
  }
}
