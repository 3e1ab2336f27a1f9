import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../platform/database/columns';

/** A code for registering. Rows stay after use and revocation. */
@Entity('invite_codes')
@Index('invite_codes_issuer', ['issuedBy', 'createdAt'])
export class InviteCode {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('invite_codes_code', { unique: true })
  @Column(exactText(32))
  code: string;

  @Column(idColumn)
  issuedBy: number;

  @Column(timeColumn)
  createdAt: Date;

  @Column({ ...timeColumn, nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'int', unsigned: true, default: 1 })
  maxUses: number;

  @Column({ type: 'int', unsigned: true, default: 0 })
  usedCount: number;

  @Column({ ...timeColumn, nullable: true })
  revokedAt: Date | null;

  @Column({ ...idColumn, nullable: true })
  revokedBy: number | null;

  @Column({ type: 'varchar', length: 200, default: '' })
  note: string;

  /** Accounts made with it wait until an administrator approves them. */
  @Column({ type: 'boolean', default: false })
  approval: boolean;
}
