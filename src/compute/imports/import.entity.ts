import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { exactText, idColumn, timeColumn } from '../../platform/database/columns';

/** One upload of labelled records. Until it is `done`, the sweep deletes its records. */
@Entity('compute_imports')
@Index('compute_imports_file', ['userId', 'sha256'])
@Index('compute_imports_open', ['state', 'aliveUntil'])
export class ComputeImport {
  @PrimaryColumn({ ...idColumn, generated: 'increment' })
  id: number;

  /** Whose records they are. */
  @Column(idColumn)
  userId: number;

  @Column(idColumn)
  importedBy: number;

  @Column(exactText(16))
  state: 'open' | 'undo' | 'done';

  /** While open: moved on by the process that reads the upload. */
  @Column({ ...timeColumn, nullable: true })
  aliveUntil: Date | null;

  /** Of the whole file; null while open. */
  @Column({ ...exactText(64), nullable: true })
  sha256: string | null;

  @Column({ type: 'int', unsigned: true, default: 0 })
  accepted: number;

  @Column({ type: 'int', unsigned: true, default: 0 })
  rejected: number;

  @Column(timeColumn)
  createdAt: Date;
}
