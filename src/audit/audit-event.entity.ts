import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../platform/database/columns';

/** Who did what to whom, from where and when. Rows are written once and removed by retention only. */
@Entity('audit_events')
@Index('audit_events_actor', ['actorUid', 'id'])
@Index('audit_events_target', ['targetId', 'id'])
@Index('audit_events_action', ['action', 'id'])
export class AuditEvent {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('audit_events_at')
  @Column(timeColumn)
  at: Date;

  /** `<subject>.<what>`, e.g. `user.status-changed`. */
  @Column(exactText(64))
  action: string;

  /** `done`, or `refused` for a denied attempt. */
  @Column(exactText(16))
  outcome: string;

  /** Null when nobody was signed in; names are copied, so that the log never changes. */
  @Column({ ...exactText(36), nullable: true })
  actorUid: string | null;

  @Column({ type: 'varchar', length: 128, collation: 'utf8mb4_bin', nullable: true })
  actorName: string | null;

  @Column({ ...exactText(32), nullable: true })
  targetType: string | null;

  @Column({ type: 'varchar', length: 128, collation: 'utf8mb4_bin', nullable: true })
  targetId: string | null;

  @Column({ type: 'varchar', length: 128, collation: 'utf8mb4_bin', nullable: true })
  targetName: string | null;

  @Column({ ...exactText(45), nullable: true })
  address: string | null;

  /** A few plain facts as JSON, never a secret. */
  @Column({ type: 'text', nullable: true })
  details: string | null;
}
