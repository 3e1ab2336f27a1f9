import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Git repositories that hold apps. */
export class GitStores1795317900000 implements MigrationInterface {
  name = 'GitStores1795317900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS git_stores (
        id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        url VARCHAR(500) COLLATE utf8mb4_bin NOT NULL,
        ref VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
        folder VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
        commitId VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        newerId VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        changes MEDIUMTEXT NULL,
        takenAt DATETIME(3) NULL,
        checkedAt DATETIME(3) NULL,
        failure TEXT NULL,
        requestedAt DATETIME(3) NULL,
        runToken VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        leaseUntil DATETIME(3) NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY git_stores_name (name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS git_stores');
  }
}
