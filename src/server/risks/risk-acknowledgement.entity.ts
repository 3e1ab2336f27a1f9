import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** An administrator knows of a risk and accepts it, for a reason and until an end. */
@Entity('risk_acknowledgements')
export class RiskAcknowledgement {
  /** Id of the risk: made of its code and subject. */
  @PrimaryColumn(exactText(32))
  riskId: string;

  @Column(exactText(64))
  code: string;

  @Column({ type: 'varchar', length: 255 })
  subject: string;

  @Column({ type: 'varchar', length: 500 })
  reason: string;

  @Column(exactText(36))
  byUid: string;

  /** Copied, so that it reads the same after the account is gone. */
  @Column({ type: 'varchar', length: 128 })
  byName: string;

  @Column(timeColumn)
  at: Date;

  /** Null: without an end. */
  @Column({ ...timeColumn, nullable: true })
  until: Date | null;
}
