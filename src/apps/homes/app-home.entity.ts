import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText } from '../../platform/database/columns';

/** A manager of the Swarm on which full processes of this server run: it holds the data of apps. */
@Entity('app_homes')
export class AppHome {
  /** Id of the node. */
  @PrimaryColumn({ ...exactText(64), nullable: false })
  nodeId: string;

  /** Its host name. */
  @Column({ type: 'varchar', length: 255 })
  name: string;
}
