import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { insertStatements, type BoundStatement } from '../../platform/database/insert-rows';
import { pooledQuery } from '../../platform/database/pooled-query';
import { SharedReads } from '../../platform/waiting/shared-reads';

/** Each total is compared with the records about once in this time. */
const CHECK_EVERY_HOURS = 24;

interface Checked {
  readonly total: string;
  readonly checkedAt: string;
}

/** Keeps the number of each user's records: counting a million takes the database a second. */
@Injectable()
export class RecordCounts {
  private readonly logger = new Logger(RecordCounts.name);
  /** Requests that come together count once: a million records take a second. */
  private readonly checks = new SharedReads();

  constructor(private readonly dataSource: DataSource) {}

  async total(userId: number): Promise<number> {
    const [row] = await pooledQuery<{ total: string }>(
      this.dataSource,
      'SELECT total FROM compute_record_counts WHERE userId = ?',
      [userId],
    );
    return row ? Number(row.total) : this.checks.read(String(userId), () => this.check(userId));
  }

  /** Part of the transaction that adds or deletes records, at its end: other writers wait for the row. */
  async add(tx: EntityManager, changes: ReadonlyMap<number, number>): Promise<void> {
    for (const { sql, values } of this.additions(changes)) await tx.query(sql, [...values]);
  }

  /** The same as statements, to be sent with others. */
  additions(changes: ReadonlyMap<number, number>): BoundStatement[] {
    return insertStatements(
      'compute_record_counts',
      ['userId', 'total'],
      [...changes].sort(([a], [b]) => a - b),
      'ON DUPLICATE KEY UPDATE total = total + VALUES(total)',
    );
  }

  /** Checks the total that was checked longest ago, where that is a day. */
  async checkOldest(): Promise<void> {
    const [row]: { userId: string }[] = await this.dataSource.query(
      `SELECT userId FROM compute_record_counts
       WHERE checkedAt < UTC_TIMESTAMP(6) - INTERVAL ${CHECK_EVERY_HOURS} HOUR
       ORDER BY checkedAt LIMIT 1`,
    );
    if (row) await this.check(Number(row.userId));
  }

  /**
   * Counts a user's records and corrects the total. Total and count are read in one snapshot, so
   * their difference is right whatever is written meanwhile, and nobody waits.
   */
  private async check(userId: number): Promise<number> {
    await this.dataSource.query(
      'INSERT IGNORE INTO compute_record_counts (userId, total) VALUES (?, 0)',
      [userId],
    );
    const { kept, counted } = await this.snapshot(userId);
    const difference = counted - Number(kept.total);
    const result: { affectedRows: number } = await this.dataSource.query(
      `UPDATE compute_record_counts SET total = total + ?, checkedAt = UTC_TIMESTAMP(6)
       WHERE userId = ? AND checkedAt = ?`,
      [difference, userId, kept.checkedAt],
    );
    if (difference !== 0 && result.affectedRows === 1)
      this.logger.log(`the number of records of user ${userId} was off by ${difference}`);
    return counted;
  }

  private async snapshot(userId: number): Promise<{ kept: Checked; counted: number }> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await runner.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      const [kept] = (await runner.query(
        `SELECT total, CAST(checkedAt AS CHAR) AS checkedAt FROM compute_record_counts
         WHERE userId = ?`,
        [userId],
      )) as Checked[];
      const [row] = (await runner.query(
        'SELECT COUNT(*) AS counted FROM compute_records WHERE userId = ?',
        [userId],
      )) as { counted: string }[];
      await runner.query('COMMIT');
      if (!kept) throw new Error(`the count of user ${userId} has disappeared`);
      return { kept, counted: Number(row?.counted ?? 0) };
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
