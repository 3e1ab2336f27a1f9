import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';

/** Data that apps have left on a node from which they were moved. */
export class AppLeftovers1795390200000 implements MigrationInterface {
  name = 'AppLeftovers1795390200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS app_leftovers (
        home ${ID} NOT NULL,
        appName ${ID} NOT NULL,
        since DATETIME(3) NOT NULL,
        PRIMARY KEY (home, appName)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS app_leftovers');
  }
}
