import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** The update of an app that was told last. */
@Entity('app_updates')
export class ToldUpdate {
  @PrimaryColumn({ ...exactText(64), nullable: false })
  appName: string;

  /** Identifies the update, and the installation that it is for. */
  @Column(exactText(64))
  mark: string;

  @Column(timeColumn)
  foundAt: Date;
}
