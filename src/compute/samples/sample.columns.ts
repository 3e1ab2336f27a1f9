import { Column } from 'typeorm';
import { idColumn } from '../../platform/database/columns';

/** One patient's sample, as submitted: the columns that a task and its record share. */
export abstract class SampleColumns {
  @Column(idColumn)
  userId: number;

  @Column(idColumn)
  pid: number;

  /** Fragment length in base pairs. */
  @Column({ type: 'smallint', unsigned: true })
  ctdna: number;

  /** Methylated CpG sites. */
  @Column({ type: 'smallint', unsigned: true })
  cpg: number;

  /**
   * The patient's confirmed status; null until confirmed. Goes from the task to the
   * record, never to the model.
   */
  @Column({ type: 'boolean', nullable: true })
  hcc: boolean | null;
}
