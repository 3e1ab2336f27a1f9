import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pageOf } from '../http/fields/paging';
import { AuditEvent } from './audit-event.entity';
import type { AuditQueryDto } from './audit.dto';

/** Reads the audit log, newest first. */
@Injectable()
export class AuditLog {
  constructor(private readonly dataSource: DataSource) {}

  async list(query: AuditQueryDto): Promise<{ total: number; events: AuditEvent[] }> {
    const { skip, take } = pageOf(query);
    const select = this.dataSource.manager.createQueryBuilder(AuditEvent, 'e');
    const { action, outcome, actor, target, ip, from, to } = query;
    if (action?.includes('.')) select.andWhere('e.action = :action', { action });
    else if (action) select.andWhere("e.action LIKE :subject ESCAPE '!'", subjectOf(action));
    if (outcome) select.andWhere('e.outcome = :outcome', { outcome });
    if (actor) select.andWhere('e.actorUid = :actor', { actor });
    if (target) select.andWhere('e.targetId = :target', { target });
    if (ip) select.andWhere('e.address = :ip', { ip });
    if (from) select.andWhere('e.at >= :from', { from: new Date(from) });
    if (to) select.andWhere('e.at < :to', { to: new Date(to) });
    const [events, total] = await select
      .orderBy('e.id', 'DESC')
      .skip(skip)
      .take(take)
      .getManyAndCount();
    return { total, events };
  }
}

function subjectOf(action: string): { subject: string } {
  return { subject: `${action.replace(/[!%_]/g, '!$&')}.%` };
}
