import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { idColumn, timeColumn } from '../platform/database/columns';

/** Who registered with which code, and when. */
@Entity('invite_code_uses')
export class InviteCodeUse {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  @Index('invite_code_uses_code')
  @Column(idColumn)
  codeId: number;

  @Index('invite_code_uses_user', { unique: true })
  @Column(idColumn)
  userId: number;

  @Column(timeColumn)
  usedAt: Date;
}
