import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';
import type { CheckOutcome } from './tag-lookup';

/** What a registry last said of the tag of an image that an installed app uses. */
@Entity('image_checks')
export class ImageCheck {
  /** As it is pulled, behind the mirror where there is one. */
  @PrimaryColumn({ type: 'varchar', length: 500, collation: 'utf8mb4_bin' })
  reference: string;

  /** In Go's names, e.g. `amd64`. */
  @PrimaryColumn({ ...exactText(32), nullable: false })
  architecture: string;

  /** Of the last question; null while none was asked. */
  @Column({ ...exactText(16), nullable: true })
  outcome: CheckOutcome | null;

  /** Of the tag, when the registry last told it. */
  @Column({ ...exactText(200), nullable: true })
  digest: string | null;

  /** JSON of a list: every digest under which an engine may know that image. */
  @Column({ type: 'text', nullable: true })
  ids: string | null;

  /** When the registry last told the digest. */
  @Column({ ...timeColumn, nullable: true })
  foundAt: Date | null;

  /** When it was last asked, whatever came of it. */
  @Column({ ...timeColumn, nullable: true })
  checkedAt: Date | null;

  @Column(timeColumn)
  @Index('image_checks_due')
  nextAt: Date;
}
