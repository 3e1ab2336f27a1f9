import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** The key of a repository. Its address is a setting. */
@Entity('backup_repositories')
export class BackupRepository {
  @PrimaryColumn({ ...exactText(32), nullable: false })
  name: string;

  /** Encrypted. */
  @Column({ type: 'blob' })
  sealedKey: Buffer;

  /** When the key was shown; it is shown once. */
  @Column({ ...timeColumn, nullable: true })
  keyShownAt: Date | null;

  @Column(timeColumn)
  createdAt: Date;
}
