import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When apps are saved by themselves, which backups stay, and what a backup was made for. */
export class BackupSchedules1795313700000 implements MigrationInterface {
  name = 'BackupSchedules1795313700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS backup_schedules (
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        cron VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
        timeZone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        repository VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        keepLast INT UNSIGNED NOT NULL,
        keepDaily INT UNSIGNED NOT NULL,
        keepWeekly INT UNSIGNED NOT NULL,
        keepMonthly INT UNSIGNED NOT NULL,
        verify TINYINT NOT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (appName)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS backup_turns (
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        rule VARCHAR(220) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        nextAt DATETIME(3) NOT NULL,
        lastAt DATETIME(3) NULL,
        backupId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        retainAfter VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        failure MEDIUMTEXT NULL,
        verifyAt DATETIME(3) NOT NULL,
        verifiedId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (appName),
        KEY backup_turns_due (nextAt)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      ALTER TABLE app_backups
        ADD COLUMN IF NOT EXISTS origin VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
          DEFAULT 'request' AFTER repository,
        ADD COLUMN IF NOT EXISTS keptUntil DATETIME(3) NULL AFTER origin`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE app_backups DROP COLUMN IF EXISTS keptUntil, DROP COLUMN IF EXISTS origin',
    );
    await runner.query('DROP TABLE IF EXISTS backup_turns');
    await runner.query('DROP TABLE IF EXISTS backup_schedules');
  }
}
