import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CurrentUser } from '../../http/access/current-user';
import type { Language } from '../../platform/i18n/bilingual';
import { UserRole } from '../../accounts/user.entity';
import { ModelNotFoundError } from '../model-store/model.errors';
import { HistoryService } from '../history/history.service';
import { evaluate, intervalMethods } from '../evaluation/evaluation';
import { researchNotice } from '../inference/parameter-file';
import type { ScoredGroup } from '../evaluation/scored-group';
import type { ModelStatsDto, StatsDto, StatsQuery } from './stats.dto';

/** How the models did on confirmed records. */
@Injectable()
export class StatsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly history: HistoryService,
  ) {}

  /**
   * Per model, on the user's own confirmed records; an administrator's default is all users.
   *
   * @throws NotYoursError, ComputeUserNotFoundError, ModelNotFoundError
   */
  async stats(user: CurrentUser, query: StatsQuery, language: Language): Promise<StatsDto> {
    const ownerId = await this.scope(user, query.uid);
    const rows: { id: string; active: number | null }[] = await this.dataSource.query(
      `SELECT id, active FROM compute_models ${query.model === undefined ? '' : 'WHERE id = ?'}
       ORDER BY createdAt, id`,
      query.model === undefined ? [] : [query.model],
    );
    if (query.model !== undefined && rows.length === 0) throw new ModelNotFoundError();
    const models: ModelStatsDto[] = [];
    for (const { id, active } of rows) {
      const { calibration, ...evaluation } = evaluate(await this.scored(id, ownerId));
      models.push({
        model: id,
        active: active !== null,
        ...evaluation,
        calibration: [...calibration],
      });
    }
    return { notice: researchNotice[language], intervals: { ...intervalMethods }, models };
  }

  /** Null means all users. */
  private async scope(user: CurrentUser, uid: string | undefined): Promise<number | null> {
    if (uid !== undefined) return this.history.ownerId(user, uid);
    return user.role === UserRole.Admin ? null : user.userId;
  }

  /** Counted in the database, from one index alone: equal scores come as one row. */
  private async scored(modelId: string, ownerId: number | null): Promise<ScoredGroup[]> {
    const rows: { probability: number; hccInfer: number; hcc: number; records: string }[] =
      await this.dataSource.query(
        `SELECT probability, hccInfer, hcc, COUNT(*) AS records FROM compute_records
         WHERE modelId = ? AND hcc IN (0, 1) ${ownerId === null ? '' : 'AND userId = ?'}
         GROUP BY probability, hccInfer, hcc`,
        ownerId === null ? [modelId] : [modelId, ownerId],
      );
    return rows.map((row) => ({
      score: Number(row.probability),
      predicted: Number(row.hccInfer) === 1,
      positives: Number(row.hcc) === 1 ? Number(row.records) : 0,
      negatives: Number(row.hcc) === 1 ? 0 : Number(row.records),
    }));
  }
}
