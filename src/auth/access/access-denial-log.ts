import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import { RateCounter } from '../throttle/rate-counter';
import type { CurrentUser } from '../../http/access/current-user';

/** Refusals of one user at one route are written once in this time, however often he tries. */
const ONCE_IN_SECONDS = 60;

/** Keeps in the audit log who tried what is an administrator's. Never delays or fails a request. */
@Injectable()
export class AccessDenialLog {
  private readonly logger = new Logger(AccessDenialLog.name);

  constructor(
    private readonly audit: AuditService,
    private readonly counter: RateCounter,
  ) {}

  /** `route`: method and path without its query, which may hold anything. */
  note(user: CurrentUser, route: string, address: string): void {
    this.write(user, route, address).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'a refused access could not be written to the audit log'),
    );
  }

  private async write(user: CurrentUser, route: string, address: string): Promise<void> {
    const { count } = await this.counter.add(`refusal:${user.uid}:${route}`, ONCE_IN_SECONDS);
    if (count > 1) return;
    const target = { type: 'route', id: route };
    await this.audit.record({
      action: 'access.refused',
      outcome: 'refused',
      actor: user,
      target,
      address,
    });
  }
}
