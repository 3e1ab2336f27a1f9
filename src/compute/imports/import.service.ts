import { createHash } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { Settings } from '../../platform/config/settings';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { CsvRefusedError, ImportedAlreadyError, UploadInterruptedError } from './import.errors';
import { NoModelInUseError } from '../model-store/model.errors';
import {
  CsvUnreadableError,
  readLabelledRecords,
  type BadLine,
  type LabelledRecord,
} from '../csv/labelled-record-reader';
import { RecordCounts } from '../history/record-counts';
import { HistoryService } from '../history/history.service';
import type { ComputeModel } from '../inference/compute-model';
import { ActiveModels } from '../model-store/active-models';
import { insertRows } from '../../platform/database/insert-rows';
import { ImportRollback, IMPORT_ALIVE_SECONDS } from './import-rollback';

export interface ImportReport {
  readonly id: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly sha256: string;
  readonly model: string;
  readonly badLines: readonly BadLine[];
}

/** Refused lines that the report spells out. */
const MAX_REPORTED_LINES = 100;
/** Records of one INSERT. */
const BATCH_SIZE = 1_000;

const columns = [
  'userId',
  'pid',
  'ctdna',
  'cpg',
  'hcc',
  'hccInfer',
  'probability',
  'extrapolated',
  'modelId',
  'modelChecksum',
  'importId',
  'createdAt',
] as const;

/**
 * Imports labelled records from a CSV stream of any length in constant memory. Good lines are kept,
 * bad ones reported; a file that is no such CSV, is interrupted or was imported before leaves nothing
 * behind, nor does a process that dies half-way.
 */
@Injectable()
export class ImportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly models: ActiveModels,
    private readonly history: HistoryService,
    private readonly rollback: ImportRollback,
    private readonly counts: RecordCounts,
    private readonly audit: AuditService,
  ) {}

  /**
   * @throws CsvRefusedError, ImportedAlreadyError, UploadInterruptedError, ComputeUserNotFoundError
   */
  async import(
    admin: CurrentUser,
    uid: string,
    upload: Readable,
    again: boolean,
    address: string,
  ): Promise<ImportReport> {
    const userId = await this.history.ownerId(admin, uid);
    const model = await this.models.get(null);
    if (!model) throw new NoModelInUseError();
    const id = await this.open(admin.userId, userId);
    try {
      const report = await this.read(id, userId, upload, model);
      await this.close(report, userId, again);
      await this.audit.record({
        action: 'history.imported',
        actor: admin,
        target: { type: 'user', id: uid },
        address,
        details: { import: id, accepted: report.accepted, rejected: report.rejected },
      });
      return report;
    } catch (error) {
      await this.rollback.undo(id);
      if (error instanceof CsvUnreadableError) throw new CsvRefusedError(error.problem);
      if (error instanceof Interrupted) throw new UploadInterruptedError(error);
      throw error;
    }
  }

  private async read(
    id: number,
    userId: number,
    upload: Readable,
    model: ComputeModel,
  ): Promise<ImportReport> {
    const digest = createHash('sha256');
    const source = new PassThrough();
    upload.on('data', (bytes: Buffer) => digest.update(bytes));
    upload.on('error', () => source.destroy(new Interrupted()));
    upload.on('close', () => {
      if (!upload.readableEnded) source.destroy(new Interrupted());
    });
    upload.pipe(source);

    const badLines: BadLine[] = [];
    let [accepted, rejected] = [0, 0];
    let batch: LabelledRecord[] = [];
    // One INSERT is under way while the next lines are read.
    let writing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      const full = batch;
      batch = [];
      await writing;
      accepted += full.length;
      writing = this.write(id, userId, full, model, accepted);
      writing.catch(() => undefined);
    };
    for await (const line of readLabelledRecords(source, this.settings.tzDisplay)) {
      if (line.ok) {
        batch.push(line.record);
        if (batch.length === BATCH_SIZE) await flush();
      } else {
        rejected++;
        if (badLines.length < MAX_REPORTED_LINES) badLines.push(line);
      }
    }
    await flush();
    await writing;
    return { id, accepted, rejected, sha256: digest.digest('hex'), model: model.id, badLines };
  }

  private async write(
    id: number,
    userId: number,
    records: readonly LabelledRecord[],
    model: ComputeModel,
    accepted: number,
  ): Promise<void> {
    const now = new Date();
    await runInTransaction(this.dataSource, async (tx) => {
      const alive: { affectedRows: number } = await tx.query(
        `UPDATE compute_imports SET accepted = ?,
           aliveUntil = UTC_TIMESTAMP(3) + INTERVAL ${IMPORT_ALIVE_SECONDS} SECOND
         WHERE id = ? AND state = 'open'`,
        [accepted, id],
      );
      if (alive.affectedRows !== 1) throw new Interrupted(); // rolled back for lack of progress
      await insertRows(
        tx,
        'compute_records',
        columns,
        records.map(({ pid, ctdna, cpg, hcc, time }) => {
          const { positive, probability, extrapolated } = model.predict({ ctdna, cpg });
          return [
            userId,
            pid,
            ctdna,
            cpg,
            hcc,
            positive,
            probability,
            extrapolated,
            model.id,
            model.checksum,
            id,
            time ?? now,
          ];
        }),
      );
      await this.counts.add(tx, new Map([[userId, records.length]]));
    });
  }

  private async open(importedBy: number, userId: number): Promise<number> {
    const result: { insertId: string | number } = await this.dataSource.query(
      `INSERT INTO compute_imports (userId, importedBy, state, aliveUntil, createdAt) VALUES
         (?, ?, 'open', UTC_TIMESTAMP(3) + INTERVAL ${IMPORT_ALIVE_SECONDS} SECOND, UTC_TIMESTAMP(3))`,
      [userId, importedBy],
    );
    return Number(result.insertId);
  }

  private async close(report: ImportReport, userId: number, again: boolean): Promise<void> {
    await runInTransaction(this.dataSource, async (tx) => {
      // The user's row is the lock: of two uploads of the same file at once, one is refused.
      await tx.query('SELECT id FROM users WHERE id = ? FOR UPDATE', [userId]);
      const [twin]: unknown[] = await tx.query(
        `SELECT id FROM compute_imports WHERE userId = ? AND sha256 = ? AND state = 'done' LIMIT 1`,
        [userId, report.sha256],
      );
      if (twin !== undefined && !again) throw new ImportedAlreadyError();
      const done: { affectedRows: number } = await tx.query(
        `UPDATE compute_imports SET state = 'done', aliveUntil = NULL, sha256 = ?, accepted = ?,
           rejected = ? WHERE id = ? AND state = 'open'`,
        [report.sha256, report.accepted, report.rejected, report.id],
      );
      if (done.affectedRows !== 1) throw new Interrupted();
    });
  }
}

/** The upload ended early. */
class Interrupted extends Error {}
