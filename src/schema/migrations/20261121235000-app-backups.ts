import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Backups of apps, and the keys of the repositories that hold them. */
export class AppBackups1795305000000 implements MigrationInterface {
  name = 'AppBackups1795305000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS backup_repositories (
        name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        sealedKey BLOB NOT NULL,
        keyShownAt DATETIME(3) NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS app_backups (
        id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        busyApp VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        repository VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        phase VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        bytesDone BIGINT UNSIGNED NOT NULL,
        bytesTotal BIGINT UNSIGNED NOT NULL,
        secondsLeft INT UNSIGNED NULL,
        halted TINYINT NOT NULL,
        cancelRequested TINYINT NOT NULL,
        snapshotId VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        manifest MEDIUMTEXT NULL,
        addedBytes BIGINT UNSIGNED NULL,
        downtimeMs INT UNSIGNED NULL,
        replaced MEDIUMBLOB NULL,
        failure MEDIUMTEXT NULL,
        verifiedAt DATETIME(3) NULL,
        restoredAt DATETIME(3) NULL,
        runToken VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        leaseUntil DATETIME(3) NULL,
        attempts INT UNSIGNED NOT NULL,
        requestedBy VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        requestId VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        createdAt DATETIME(3) NOT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY app_backups_busy (busyApp),
        KEY app_backups_app (appName, createdAt),
        KEY app_backups_work (state, leaseUntil)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS app_backups');
    await runner.query('DROP TABLE IF EXISTS backup_repositories');
  }
}
