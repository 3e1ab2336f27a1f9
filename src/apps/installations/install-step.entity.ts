import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

export type StepKind =
  'folder' | 'image' | 'network' | 'volume' | 'config' | 'secret' | 'container' | 'start';

/** `begun` is written before the effect on the engine, `done` after it, `undone` when rolled back. */
export type StepState = 'begun' | 'done' | 'undone';

/** One entry of the ledger of an installation. */
@Entity('app_install_steps')
@Index('app_install_steps_once', ['installationId', 'kind', 'name'], { unique: true })
export class InstallStep {
  @PrimaryGeneratedColumn('increment', { type: 'bigint', unsigned: true })
  id: string;

  @Column(exactText(36))
  installationId: string;

  @Column(exactText(16))
  kind: StepKind;

  /** Name on the engine: of the image, network, volume, config, secret or container. */
  @Column(exactText(255))
  name: string;

  @Column(exactText(8))
  state: StepState;

  /** True where the thing was there before: undoing leaves it alone. */
  @Column({ type: 'boolean' })
  adopted: boolean;

  @Column({ ...exactText(255), nullable: true })
  engineId: string | null;

  @Column(timeColumn)
  createdAt: Date;

  @Column(timeColumn)
  updatedAt: Date;
}
