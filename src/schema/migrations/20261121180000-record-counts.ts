import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts of records that are kept instead of counted at every page of a history. */
export class RecordCounts1795284000000 implements MigrationInterface {
  name = 'RecordCounts1795284000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE IF NOT EXISTS compute_record_counts (
         userId BIGINT UNSIGNED NOT NULL PRIMARY KEY,
         total BIGINT NOT NULL,
         checkedAt DATETIME(6) NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
         KEY compute_record_counts_checked (checkedAt)
       ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`,
    );
    // What other processes write meanwhile is corrected by the daily check.
    await runner.query(
      `INSERT IGNORE INTO compute_record_counts (userId, total)
       SELECT userId, COUNT(*) FROM compute_records GROUP BY userId`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS compute_record_counts');
  }
}
