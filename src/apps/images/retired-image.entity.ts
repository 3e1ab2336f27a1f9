import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** An image that an app ran from before an upgrade moved its tag to another one. */
@Entity('retired_images')
export class RetiredImage {
  /** Id on the engine. */
  @PrimaryColumn({ ...exactText(80), nullable: false })
  imageId: string;

  /** Id of the node of the Swarm that has it; empty on a single engine. */
  @PrimaryColumn({ ...exactText(64), default: '', nullable: false })
  home: string;

  /** The tag that it had. */
  @Column({ type: 'varchar', length: 500, collation: 'utf8mb4_bin' })
  reference: string;

  @Column(timeColumn)
  retiredAt: Date;
}
