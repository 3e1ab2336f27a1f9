import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { CurrentUser } from '../../http/access/current-user';
import { pooledQuery } from '../../platform/database/pooled-query';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { User, UserRole } from '../../accounts/user.entity';
import { ComputeUserNotFoundError, NotYoursError, RecordNotFoundError } from './history.errors';
import type { HistoryQueryDto } from './history.dto';
import { RECORD_COLUMNS, type RecordRow } from './record.dto';
import { MAX_COUNTED, recordFilter } from './record-filter';
import { RecordCounts } from './record-counts';
import { ComputeRecord } from './record.entity';

export interface HistoryPage {
  /** Of that user, on all pages; with a filter counted up to MAX_COUNTED. */
  readonly total: number;
  readonly records: readonly RecordRow[];
}

const DEFAULT_LIMIT = 20;
/** Records of one read of an export. */
const EXPORT_BATCH_SIZE = 500;

/** Filters and passes over the offset in an index alone; only the rows of the page are read. */
const pageWhere = (where: string): string => `SELECT ${RECORD_COLUMNS} FROM
    (SELECT id FROM compute_records WHERE ${where}
     ORDER BY createdAt DESC, id DESC LIMIT ? OFFSET ?) page
  JOIN compute_records r ON r.id = page.id ORDER BY r.createdAt DESC, r.id DESC`;

/** A user's records: pages, export, deletion, confirmation. Own ones, or anyone's for an administrator. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly counts: RecordCounts,
  ) {}

  /**
   * Newest first.
   *
   * @throws NotYoursError, ComputeUserNotFoundError
   */
  async page(user: CurrentUser, uid: string, query: HistoryQueryDto): Promise<HistoryPage> {
    const userId = await this.ownerId(user, uid);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const offset = query.offset ?? ((query.page ?? 1) - 1) * limit;
    const { where, values } = recordFilter(userId, query);
    const [total, records] = await Promise.all([
      where === 'userId = ?' ? this.counts.total(userId) : this.count(where, values),
      pooledQuery<RecordRow>(this.dataSource, pageWhere(where), [...values, limit, offset]),
    ]);
    return { total, records };
  }

  private async count(where: string, values: (string | number)[]): Promise<number> {
    const [row] = await pooledQuery<{ total: string }>(
      this.dataSource,
      `SELECT COUNT(*) AS total
       FROM (SELECT 1 FROM compute_records WHERE ${where} LIMIT ?) matching`,
      [...values, MAX_COUNTED],
    );
    return Number(row?.total ?? 0);
  }

  /**
   * All records, newest first, in chunks; holds no connection while the receiver is slow. What is
   * written later is newer than the first chunk and left out.
   *
   * @throws NotYoursError, ComputeUserNotFoundError (at once, not with the first chunk)
   */
  async export(user: CurrentUser, uid: string): Promise<AsyncGenerator<readonly ComputeRecord[]>> {
    return this.chunks(await this.ownerId(user, uid));
  }

  /** @throws RecordNotFoundError, NotYoursError */
  async delete(user: CurrentUser, rid: number): Promise<void> {
    const { userId } = await this.getOwn(user, rid);
    const gone = await runInTransaction(this.dataSource, async (tx) => {
      // A deleted rerun may be run again.
      await tx.query(
        `UPDATE compute_tasks SET rerunGuard = NULL
         WHERE id = (SELECT task FROM compute_records WHERE id = ?)`,
        [rid],
      );
      const { affected } = await tx.getRepository(ComputeRecord).delete({ id: rid });
      if (affected === 1) await this.counts.add(tx, new Map([[userId, -1]]));
      return affected === 1;
    });
    if (!gone) throw new RecordNotFoundError();
  }

  /**
   * Sets the confirmed diagnosis of the sample: of the record and of all reruns of it.
   *
   * @throws RecordNotFoundError, NotYoursError
   */
  async confirm(user: CurrentUser, rid: number, hcc: boolean): Promise<ComputeRecord> {
    const record = await this.getOwn(user, rid);
    const origin = record.originId ?? record.id;
    await runInTransaction(this.dataSource, (tx) =>
      tx.query('UPDATE compute_records SET hcc = ? WHERE id = ? OR id = ? OR originId = ?', [
        hcc,
        record.id,
        origin,
        origin,
      ]),
    );
    return this.getOwn(user, rid);
  }

  /** Id of the user whose records are asked for. */
  async ownerId(user: CurrentUser, uid: string): Promise<number> {
    if (uid === user.uid) return user.userId;
    if (user.role !== UserRole.Admin) throw new NotYoursError();
    const owner = await this.dataSource
      .getRepository(User)
      .findOne({ where: { uid }, select: { id: true } });
    if (!owner) throw new ComputeUserNotFoundError();
    return owner.id;
  }

  private async getOwn(user: CurrentUser, rid: number): Promise<ComputeRecord> {
    const record = await this.dataSource.getRepository(ComputeRecord).findOneBy({ id: rid });
    if (!record) throw new RecordNotFoundError();
    if (user.role !== UserRole.Admin && record.userId !== user.userId) {
      throw new NotYoursError();
    }
    return record;
  }

  private async *chunks(userId: number): AsyncGenerator<readonly ComputeRecord[]> {
    let last: ComputeRecord | undefined;
    for (;;) {
      const after = last ? 'AND (createdAt < ? OR (createdAt = ? AND id < ?))' : '';
      const ids: { id: string }[] = await this.dataSource.query(
        `SELECT id FROM compute_records WHERE userId = ? ${after}
         ORDER BY createdAt DESC, id DESC LIMIT ?`,
        [userId, ...(last ? [last.createdAt, last.createdAt, last.id] : []), EXPORT_BATCH_SIZE],
      );
      const records = await this.load(ids.map((row) => row.id));
      last = records.at(-1);
      if (!last) return;
      yield records;
      if (ids.length < EXPORT_BATCH_SIZE) return;
    }
  }

  /** The records with these ids, newest first. */
  private async load(ids: readonly string[]): Promise<ComputeRecord[]> {
    if (ids.length === 0) return [];
    const records = await this.dataSource
      .getRepository(ComputeRecord)
      .findBy({ id: In(ids.map(Number)) });
    return records.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
  }
}
