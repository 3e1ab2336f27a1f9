import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

export type AppEventType = 'phase' | 'progress' | 'log' | 'status' | 'backup' | 'update';

/** Something that happened to an app: the log of its install and the feed of the event streams. */
@Entity('app_events')
@Index('app_events_app', ['appName', 'id'])
@Index('app_events_installation', ['installationId', 'id'])
export class AppEvent {
  /** Also the `Last-Event-ID` of the event streams. */
  @PrimaryGeneratedColumn('increment', { type: 'bigint', unsigned: true })
  id: string;

  @Column({ ...exactText(36), nullable: true })
  installationId: string | null;

  @Column(exactText(64))
  appName: string;

  @Column(exactText(8))
  type: AppEventType;

  /** JSON. */
  @Column({ type: 'text' })
  data: string;

  @Column(timeColumn)
  createdAt: Date;
}
