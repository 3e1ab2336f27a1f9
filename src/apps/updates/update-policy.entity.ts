import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/**
 * `hand`: an update is shown to those who look for it; `told`: the app is marked and an event tells of it; `window`:
 * as `told`, and the upgrade is made by itself.
 */
export const UPDATE_MODES = ['hand', 'told', 'window'] as const;
export type UpdateMode = (typeof UPDATE_MODES)[number];

/** What is done about updates of an app. */
@Entity('update_policies')
export class UpdatePolicy {
  @PrimaryColumn({ ...exactText(64), nullable: false })
  appName: string;

  @Column(exactText(8))
  mode: UpdateMode;

  /** When the window opens; null unless there is one. */
  @Column({ ...exactText(100), nullable: true })
  cron: string | null;

  @Column(exactText(64))
  timeZone: string;

  /** How long it stays open. */
  @Column({ type: 'int', unsigned: true })
  minutes: number;

  /** Mark of the update that was last made by itself, or was to be: none is tried twice. */
  @Column({ ...exactText(64), nullable: true })
  triedMark: string | null;

  @Column({ ...timeColumn, nullable: true })
  triedAt: Date | null;

  /** JSON of a Bilingual: why that one did not begin. */
  @Column({ type: 'text', nullable: true })
  failure: string | null;

  @Column(timeColumn)
  updatedAt: Date;
}
