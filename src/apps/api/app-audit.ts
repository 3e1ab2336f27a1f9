import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import type { Requester } from '../../auth/access/requester';

/** Records operations on apps in the audit log. */
@Injectable()
export class AppAudit {
  constructor(private readonly audit: AuditService) {}

  /** @param appName `all` where it was done to every app */
  async record(
    action: string,
    by: Requester,
    appName: string,
    details?: Readonly<Record<string, string | number | boolean>>,
  ): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid: by.uid, name: by.name },
      address: by.address,
      target: { type: 'app', id: appName },
      ...(details ? { details } : {}),
    });
  }
}
