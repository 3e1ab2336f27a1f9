import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

export const modelOrigins = ['builtin', 'folder', 'trained'] as const;
export type ModelOrigin = (typeof modelOrigins)[number];

/** A validated parameter file. Its parameters never change; other parameters are another version. */
@Entity('compute_models')
export class ComputeModelRow {
  /** `name@version` */
  @PrimaryColumn(exactText(64))
  id: string;

  @Column(exactText(16))
  kind: string;

  @Column(exactText(64))
  checksum: string;

  /** The whole parameter file, as JSON text. */
  @Column({ type: 'mediumtext' })
  file: string;

  @Column(exactText(16))
  origin: ModelOrigin;

  /** 1 for the model in use, null for all others: the unique key lets one be in use at a time. */
  @Index('compute_models_active', { unique: true })
  @Column({ type: 'tinyint', unsigned: true, nullable: true })
  active: 1 | null;

  @Column(timeColumn)
  createdAt: Date;

  /** Administrator who trained it. */
  @Column({ ...idColumn, nullable: true })
  createdBy: number | null;

  @Column({ ...timeColumn, nullable: true })
  activatedAt: Date | null;

  @Column({ ...idColumn, nullable: true })
  activatedBy: number | null;
}
