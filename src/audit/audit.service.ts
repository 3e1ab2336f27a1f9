import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { insertStatements, type BoundStatement } from '../platform/database/insert-rows';

/** The user who acts. */
export interface AuditActor {
  readonly uid: string;
  readonly name: string;
}

/** An operator with a shell on the machine. */
export const OPERATOR: AuditActor = { uid: 'operator', name: 'operator (command line)' };

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
    for (const { sql, values } of this.statements(record)) await tx.query(sql, [...values]);
  }

  /** The same to be sent with other statements. */
  statements({ action, outcome, actor, target, address, details }: AuditRecord): BoundStatement[] {
    const secret = Object.keys(details ?? {}).find((key) => SECRET_KEY.test(key));
    if (secret) throw new Error(`An audit record must not carry "${secret}"`);
    return insertStatements('audit_events', AUDIT_COLUMNS, [
      [
        new Date(),
        action,
        outcome ?? 'done',
        actor?.uid ?? null,
        actor?.name ?? null,
        target?.type ?? null,
        target?.id.slice(0, 128) ?? null,
        target?.name?.slice(0, 128) ?? null,
        address ?? null,
        details ? JSON.stringify(details) : null,
      ],
    ]);
  }
}

const AUDIT_COLUMNS = [
  'at',
  'action',
  'outcome',
  'actorUid',
  'actorName',
  'targetType',
  'targetId',
  'targetName',
  'address',
  'details',
];
