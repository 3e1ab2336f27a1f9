import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditEvent } from './audit-event.entity';

/** The user who acts. */
export interface AuditActor {
  readonly uid: string;
  readonly name: string;
}

export interface AuditTarget {
  /** `user`, `invite-code`, `address`, `app` … */
  readonly type: string;
  readonly id: string;
  readonly name?: string;
}

export interface AuditRecord {
  /** `<subject>.<what happened>`, e.g. `user.status-changed` or `app.install-requested`. */
  readonly action: string;
  /** `refused`: a denied attempt. Default `done`. */
  readonly outcome?: 'done' | 'refused';
  /** Null or absent without a login. */
  readonly actor?: AuditActor | null;
  readonly target?: AuditTarget | null;
  /** Address of the client, see `@ClientAddress()`. */
  readonly address?: string | null;
  /** Plain facts. Never a password, token, code or hash: such keys are refused. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

const SECRET_KEY = /passw|token|secret|hash|digest|authorization|cookie|^code$/i;

/** Writes the audit log. Rows are only added; retention removes them. */
@Injectable()
export class AuditService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Adds a row; `tx`: in the transaction of the action, so that neither is stored without the other.
   * @throws when the details name a secret, which is a programming error
   */
  async record(record: AuditRecord, tx: EntityManager = this.dataSource.manager): Promise<void> {
    const secret = Object.keys(record.details ?? {}).find((key) => SECRET_KEY.test(key));
    if (secret) throw new Error(`An audit record must not carry "${secret}"`);
    await tx.insert(AuditEvent, {
      at: new Date(),
      action: record.action,
      outcome: record.outcome ?? 'done',
      actorUid: record.actor?.uid ?? null,
      actorName: record.actor?.name ?? null,
      targetType: record.target?.type ?? null,
      targetId: record.target?.id.slice(0, 128) ?? null,
      targetName: record.target?.name?.slice(0, 128) ?? null,
      address: record.address ?? null,
      details: record.details ? JSON.stringify(record.details) : null,
    });
  }
}
