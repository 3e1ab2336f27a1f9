import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';

/** Records operations on apps in the audit log. */
@Injectable()
export class AppAudit {
  constructor(private readonly audit: AuditService) {}

  /** @param appName `all` where it was done to every app */
  async record(
    action: string,
    user: CurrentUser,
    appName: string,
    details?: Readonly<Record<string, string | number | boolean>>,
  ): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid: user.uid, name: user.name },
      target: { type: 'app', id: appName },
      ...(details ? { details } : {}),
    });
  }
}
