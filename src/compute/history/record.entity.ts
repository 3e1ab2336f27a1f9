import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';
import { SampleColumns } from '../samples/sample.columns';

/** A computed result. Written once, together with the end of its task; only `hcc` changes later. */
@Entity('compute_records')
// Whatever a history is filtered by: no filter reads rows that do not match.
@Index('compute_records_history', [
  'userId',
  'createdAt',
  'id',
  'pid',
  'hcc',
  'hccInfer',
  'modelId',
])
@Index('compute_records_stats', ['modelId', 'hcc', 'userId', 'probability', 'hccInfer'])
export class ComputeRecord extends SampleColumns {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** The task it came from; null for an imported record. At most one record a task. */
  @Index('compute_records_task', { unique: true })
  @Column({ ...exactText(32), nullable: true })
  task: string | null;

  /** The model's verdict. */
  @Column({ type: 'boolean' })
  hccInfer: boolean;

  @Column({ type: 'double' })
  probability: number;

  @Column({ type: 'boolean' })
  extrapolated: boolean;

  @Column(exactText(64))
  modelId: string;

  /** SHA-256 of the parameters that were used. */
  @Column(exactText(64))
  modelChecksum: string;

  /** The record of the same sample that this one computed again. */
  @Index('compute_records_origin')
  @Column({ ...idColumn, nullable: true })
  originId: number | null;

  @Index('compute_records_import')
  @Column({ ...idColumn, nullable: true })
  importId: number | null;

  /** When it was computed; for an imported record, the time in the file. */
  @Column(timeColumn)
  createdAt: Date;
}
