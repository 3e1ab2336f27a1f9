import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** Data of an app that a home still has to remove: the app has moved away, or never came up there. */
@Entity('app_leftovers')
export class AppLeftover {
  /** Id of the node. */
  @PrimaryColumn({ ...exactText(64), nullable: false })
  home: string;

  @PrimaryColumn({ ...exactText(64), nullable: false })
  appName: string;

  @Column(timeColumn)
  since: Date;
}
