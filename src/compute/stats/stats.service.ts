import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CurrentUser } from '../../http/access/current-user';
import type { Language } from '../../platform/i18n/bilingual';
import { UserRole } from '../../accounts/user.entity';
import { ModelNotFoundError } from '../model-store/model.errors';
import { HistoryService } from '../history/history.service';
import { evaluate, intervalMethods } from '../evaluation/evaluation';
import { rocCurve } from '../evaluation/roc-curve';
import { researchNotice } from '../inference/parameter-file';
import type { ScoredGroup } from '../evaluation/scored-group';
import type {
  LengthBinDto,
  LengthsDto,
  LengthsQuery,
  ModelStatsDto,
  PeriodDto,
  StatsDto,
  StatsQuery,
} from './stats.dto';

/** Width of a bin of fragment lengths in base pairs; all from 600 bp on share the last one. */
const BIN_BP = 10;
const LAST_BIN = 60;

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
      const groups = await this.scored(id, ownerId);
      const { calibration, ...evaluation } = evaluate(groups);
      models.push({
        model: id,
        active: active !== null,
        period: groups.length === 0 ? null : await this.period(id, ownerId),
        ...evaluation,
        calibration: [...calibration],
        roc: rocCurve(groups),
      });
    }
    return { notice: researchNotice[language], intervals: { ...intervalMethods }, models };
  }

  /**
   * How long the fragments were, by confirmed status, on the same records as `stats`.
   *
   * @throws NotYoursError, ComputeUserNotFoundError
   */
  async lengths(user: CurrentUser, query: LengthsQuery, language: Language): Promise<LengthsDto> {
    const ownerId = await this.scope(user, query.uid);
    const rows: (BinRow & { first: Date; last: Date })[] = await this.dataSource.query(
      `SELECT LEAST(FLOOR(ctdna / ${BIN_BP}), ${LAST_BIN}) AS bin, hcc, COUNT(*) AS records,
           MIN(createdAt) AS first, MAX(createdAt) AS last
         FROM compute_records
         WHERE originId IS NULL ${ownerId === null ? '' : 'AND userId = ?'}
         GROUP BY bin, hcc`,
      ownerId === null ? [] : [ownerId],
    );
    const times = rows.flatMap(({ first, last }) => [first.getTime(), last.getTime()]);
    return {
      notice: researchNotice[language],
      period: times.length === 0 ? null : toPeriod(Math.min(...times), Math.max(...times)),
      bins: lengthBins(rows),
    };
  }

  /** Null means all users. */
  private async scope(user: CurrentUser, uid: string | undefined): Promise<number | null> {
    if (uid !== undefined) return this.history.ownerId(user, uid);
    return user.role === UserRole.Admin ? null : user.userId;
  }

  /** Of records that there are. Read from the ends of each user's history in the order of time, not counted. */
  private async period(modelId: string, ownerId: number | null): Promise<PeriodDto | null> {
    const end = (order: 'ASC' | 'DESC'): string =>
      `(SELECT createdAt FROM compute_records FORCE INDEX (compute_records_history)
        WHERE userId = users.id AND modelId = ? AND hcc IN (0, 1)
        ORDER BY userId ${order}, createdAt ${order} LIMIT 1)`;
    const [row]: { first: Date | null; last: Date | null }[] = await this.dataSource.query(
      `SELECT MIN(${end('ASC')}) AS first, MAX(${end('DESC')}) AS last FROM users
       ${ownerId === null ? '' : 'WHERE id = ?'}`,
      ownerId === null ? [modelId, modelId] : [modelId, modelId, ownerId],
    );
    // Null where the last record was deleted meanwhile.
    return row?.first && row.last ? toPeriod(row.first, row.last) : null;
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

function toPeriod(from: Date | number, to: Date | number): PeriodDto {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

interface BinRow {
  readonly bin: number;
  readonly hcc: number | null;
  readonly records: string;
}

function lengthBins(rows: readonly BinRow[]): LengthBinDto[] {
  if (rows.length === 0) return [];
  const numbers = rows.map(({ bin }) => Number(bin));
  const first = Math.min(...numbers);
  const count = (bin: number, hcc: number | null): number =>
    Number(rows.find((row) => Number(row.bin) === bin && row.hcc === hcc)?.records ?? 0);
  return Array.from({ length: Math.max(...numbers) - first + 1 }, (_, i) => ({
    from: (first + i) * BIN_BP,
    to: first + i === LAST_BIN ? null : (first + i + 1) * BIN_BP,
    positives: count(first + i, 1),
    negatives: count(first + i, 0),
    unconfirmed: count(first + i, null),
  }));
}
