import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Risks that an administrator knows of and accepts. */
export class RiskAcknowledgements1795210800000 implements MigrationInterface {
  name = 'RiskAcknowledgements1795210800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE risk_acknowledgement (
        riskId VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        subject VARCHAR(255) NOT NULL,
        reason VARCHAR(500) NOT NULL,
        byUid VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        byName VARCHAR(128) NOT NULL,
        at DATETIME(3) NOT NULL,
        until DATETIME(3) NULL,
        PRIMARY KEY (riskId)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE risk_acknowledgement');
  }
}
