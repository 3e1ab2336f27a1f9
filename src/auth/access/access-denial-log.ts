import { Injectable, Logger } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { RateLimiters } from '../throttle/rate-limiters';

/** Records in the audit log who tried an administrator's call. Never delays or fails a request. */
@Injectable()
export class AccessDenialLog {
  private readonly logger = new Logger(AccessDenialLog.name);
  /** One entry a minute for each user and route, however many attempts. */
  private readonly limiter: RateLimiterAbstract;

  constructor(
    private readonly audit: AuditService,
    limiters: RateLimiters,
  ) {
    this.limiter = limiters.create('denial', { uses: 1, seconds: 60 });
  }

  /** `route`: method and path without the query, which may hold anything. */
  record(user: CurrentUser, route: string, address: string): void {
    this.write(user, route, address).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'a denied access could not be written to the audit log'),
    );
  }

  private async write(user: CurrentUser, route: string, address: string): Promise<void> {
    const { consumedPoints } = await this.limiter.penalty(`${user.uid}:${route}`);
    if (consumedPoints > 1) return;
    await this.audit.record({
      action: 'access.refused',
      outcome: 'refused',
      actor: user,
      target: { type: 'route', id: route },
      address,
    });
  }
}
