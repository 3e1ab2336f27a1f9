import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { RecordCounts } from '../history/record-counts';

/** An open import without progress for this long counts as dead. */
export const IMPORT_ALIVE_SECONDS = 120;
/** Records of one DELETE, few for the sake of short locks. */
const BATCH_SIZE = 2_000;

/** Deletes the records of imports that failed. */
@Injectable()
export class ImportRollback {
  private readonly logger = new Logger(ImportRollback.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly counts: RecordCounts,
  ) {}

  /** Safe to call twice; never undoes an import that is done. */
  async undo(id: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE compute_imports SET state = 'undo' WHERE id = ? AND state = 'open'`,
      [id],
    );
    const [row]: { state: string; userId: string }[] = await this.dataSource.query(
      'SELECT state, userId FROM compute_imports WHERE id = ?',
      [id],
    );
    if (row?.state !== 'undo') return;
    for (let gone = BATCH_SIZE; gone === BATCH_SIZE;) {
      gone = await runInTransaction(this.dataSource, async (tx) => {
        const { affectedRows }: { affectedRows: number } = await tx.query(
          `DELETE FROM compute_records WHERE importId = ? LIMIT ${BATCH_SIZE}`,
          [id],
        );
        if (affectedRows > 0)
          await this.counts.add(tx, new Map([[Number(row.userId), -affectedRows]]));
        return affectedRows;
      });
    }
    await this.dataSource.query(`DELETE FROM compute_imports WHERE id = ? AND state = 'undo'`, [
      id,
    ]);
  }

  /** Rolls back imports whose process died. */
  async sweep(): Promise<void> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM compute_imports
       WHERE state IN ('open', 'undo') AND aliveUntil < UTC_TIMESTAMP(3)`,
    );
    for (const { id } of rows) {
      this.logger.warn(`import ${id} made no progress and is rolled back`);
      await this.undo(Number(id));
    }
  }
}
