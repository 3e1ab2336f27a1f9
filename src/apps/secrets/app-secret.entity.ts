import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** A password of an app, kept as long as its data is, so that a reinstall opens the same data. */
@Entity('app_secrets')
@Index('app_secrets_name', ['appName', 'name'], { unique: true })
export class AppSecret {
  @PrimaryGeneratedColumn('increment', { type: 'bigint', unsigned: true })
  id: string;

  @Column(exactText(64))
  appName: string;

  @Column(exactText(160))
  name: string;

  /** Encrypted value. */
  @Column({ type: 'blob' })
  value: Buffer;

  /** Installation that made it. */
  @Column(exactText(36))
  installationId: string;

  @Column(timeColumn)
  createdAt: Date;
}
