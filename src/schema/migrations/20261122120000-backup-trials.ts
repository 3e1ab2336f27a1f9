import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the app of a verified backup came up apart from everything else, and what such a trial makes. */
export class BackupTrials1795348800000 implements MigrationInterface {
  name = 'BackupTrials1795348800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_backups
         ADD COLUMN IF NOT EXISTS trial MEDIUMTEXT NULL AFTER replaced,
         ADD COLUMN IF NOT EXISTS started MEDIUMTEXT NULL AFTER verifiedAt`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE app_backups DROP COLUMN IF EXISTS trial, DROP COLUMN IF EXISTS started',
    );
  }
}
