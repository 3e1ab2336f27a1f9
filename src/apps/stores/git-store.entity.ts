import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

const text = (length: number) => ({ type: 'varchar', length, collation: 'utf8mb4_bin' }) as const;

/**
 * A git repository that holds apps: which commit of it is in use and what is newer. Whether it is trusted
 * does not stand here: only the settings can say so.
 */
@Entity('git_stores')
export class GitStore {
  /** Digest of url, ref and folder. */
  @PrimaryColumn({ ...exactText(32), nullable: false })
  id: string;

  /** Of one that was added; the settings name theirs. */
  @Index('git_stores_name', { unique: true })
  @Column({ ...exactText(64), nullable: true })
  name: string | null;

  @Column(text(500))
  url: string;

  /** Empty: the default branch. */
  @Column(text(200))
  ref: string;

  /** Empty: all of the repository. */
  @Column(text(200))
  folder: string;

  /** The commit in use; null as long as none was fetched. */
  @Column({ ...exactText(64), nullable: true })
  commitId: string | null;

  /** A newer one that was fetched and is not in use. */
  @Column({ ...exactText(64), nullable: true })
  newerId: string | null;

  /** JSON, `AppChanges`: what the newer one would change. */
  @Column({ type: 'mediumtext', nullable: true })
  changes: string | null;

  /** When the commit in use was taken. */
  @Column({ ...timeColumn, nullable: true })
  takenAt: Date | null;

  /** When the server was last asked, whatever came of it. */
  @Column({ ...timeColumn, nullable: true })
  checkedAt: Date | null;

  /** JSON, `Bilingual`: why the last look failed; null where it did not. */
  @Column({ type: 'text', nullable: true })
  failure: string | null;

  /** When somebody asked for a look that has not been made yet. */
  @Column({ ...timeColumn, nullable: true })
  requestedAt: Date | null;

  /** The run that looks at it now. */
  @Column({ ...exactText(36), nullable: true })
  runToken: string | null;

  @Column({ ...timeColumn, nullable: true })
  leaseUntil: Date | null;

  @Column(timeColumn)
  createdAt: Date;
}
