import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { currentRequestId } from '../../platform/logging/request-trace';
import { ModelNotFoundError } from '../model-store/model.errors';
import { ActiveModels } from '../model-store/active-models';
import { NO_TOKEN, TaskStatus } from '../tasks/task.entity';
import { TaskWake } from '../tasks/task-wake';

/** Records of one transaction. */
const BATCH_SIZE = 5_000;

/** Computes old records again with another model. The old results stay. */
@Injectable()
export class ModelRerun {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: ActiveModels,
    private readonly wake: TaskWake,
    private readonly audit: AuditService,
  ) {}

  /**
   * Queues a task for each record (of that user, or of all) that has no result of this model yet
   * and none under way; resolves with their number. The tasks
   * belong to the administrator, the new records to the owners of the old ones. Interrupted and
   * called again, it continues.
   *
   * @throws ModelNotFoundError
   */
  async rerun(
    admin: CurrentUser,
    modelId: string,
    ownerId: number | null,
    address: string | null,
  ): Promise<number> {
    if (!(await this.models.get(modelId))) throw new ModelNotFoundError();
    const [end]: { id: string | null }[] = await this.dataSource.query(
      'SELECT MAX(id) AS id FROM compute_records',
    );
    let queued = 0;
    for (let from = 0; from < Number(end?.id ?? 0); from += BATCH_SIZE) {
      queued += await this.queue(admin.userId, modelId, ownerId, from);
      if (queued > 0) this.wake.wake();
    }
    await this.audit.record({
      action: 'model.rerun',
      actor: admin,
      target: { type: 'model', id: modelId },
      address,
      details: { queued },
    });
    return queued;
  }

  private async queue(
    userId: number,
    modelId: string,
    ownerId: number | null,
    from: number,
  ): Promise<number> {
    const result = await runInTransaction<{ affectedRows: number }>(this.dataSource, (tx) =>
      tx.query(
        `INSERT IGNORE INTO compute_tasks
           (id, userId, pid, ctdna, cpg, hcc, status, modelId, originId, rerunGuard, requestId,
            runToken, createdAt)
         SELECT LOWER(HEX(RANDOM_BYTES(16))), ?, r.pid, r.ctdna, r.cpg, r.hcc,
           ${TaskStatus.Queued}, ?, r.id, r.id, ?, ?, UTC_TIMESTAMP(3)
         FROM compute_records r
         WHERE r.id > ? AND r.id <= ? AND r.originId IS NULL AND r.modelId <> ?
           ${ownerId === null ? '' : 'AND r.userId = ?'}
         ORDER BY r.id`,
        [
          userId,
          modelId,
          currentRequestId() ?? null,
          NO_TOKEN.queued,
          from,
          from + BATCH_SIZE,
          modelId,
          ...(ownerId === null ? [] : [ownerId]),
        ],
      ),
    );
    return result.affectedRows;
  }
}
