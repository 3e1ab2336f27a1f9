import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { ModelNotFoundError } from '../model-store/model.errors';
import { ActiveModels } from '../model-store/active-models';

/** Changes which model new computations use. */
@Injectable()
export class ModelActivation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: ActiveModels,
    private readonly audit: AuditService,
  ) {}

  /**
   * Other processes follow within half a second. Audited in the same transaction.
   *
   * @throws ModelNotFoundError
   */
  async activate(admin: CurrentUser, id: string, address: string | null): Promise<void> {
    await runInTransaction(this.dataSource, async (tx) => {
      // The row in use first, always: two activations at once wait for each other.
      const [before]: { id: string }[] = await tx.query(
        'SELECT id FROM compute_models WHERE active = 1 FOR UPDATE',
      );
      const [row]: { checksum: string }[] = await tx.query(
        'SELECT checksum FROM compute_models WHERE id = ?',
        [id],
      );
      if (!row) throw new ModelNotFoundError();
      await tx.query('UPDATE compute_models SET active = NULL WHERE active = 1');
      await tx.query(
        `UPDATE compute_models SET active = 1, activatedAt = UTC_TIMESTAMP(3), activatedBy = ?
         WHERE id = ?`,
        [admin.userId, id],
      );
      await this.audit.record(
        {
          action: 'model.activated',
          actor: admin,
          target: { type: 'model', id },
          address,
          details: { checksum: row.checksum, before: before?.id ?? null },
        },
        tx,
      );
    });
    this.models.refresh();
  }
}
