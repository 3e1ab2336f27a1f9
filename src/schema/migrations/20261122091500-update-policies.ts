import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is done about updates of each app. */
export class UpdatePolicies1795338900000 implements MigrationInterface {
  name = 'UpdatePolicies1795338900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS update_policies (
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        mode VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        cron VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
        timeZone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        minutes INT UNSIGNED NOT NULL,
        triedMark VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        triedAt DATETIME(3) NULL,
        failure TEXT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (appName)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS update_policies');
  }
}
