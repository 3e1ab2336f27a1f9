import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What registries say of the tags of installed apps, and which update of an app was told last. */
export class AppUpdates1795336200000 implements MigrationInterface {
  name = 'AppUpdates1795336200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS image_checks (
        reference VARCHAR(500) COLLATE utf8mb4_bin NOT NULL,
        architecture VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
        digest VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL,
        ids TEXT NULL,
        foundAt DATETIME(3) NULL,
        checkedAt DATETIME(3) NULL,
        nextAt DATETIME(3) NOT NULL,
        PRIMARY KEY (reference, architecture),
        KEY image_checks_due (nextAt)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS app_updates (
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        mark VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        foundAt DATETIME(3) NOT NULL,
        PRIMARY KEY (appName)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS app_updates');
    await runner.query('DROP TABLE IF EXISTS image_checks');
  }
}
