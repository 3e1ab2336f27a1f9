import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of a restore under another name: that of the installation that it becomes. */
export class RestoreAsInstance1795353000000 implements MigrationInterface {
  name = 'RestoreAsInstance1795353000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_backups
         ADD COLUMN IF NOT EXISTS restoreAs VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER appName`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_backups DROP COLUMN IF EXISTS restoreAs');
  }
}
