import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which update the window of an app has begun, so that a kill between claim and upgrade loses none. */
export class WindowMarks1795350900000 implements MigrationInterface {
  name = 'WindowMarks1795350900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_installations
         ADD COLUMN IF NOT EXISTS windowMark VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER previous`,
    );
    // Those of before were begun.
    await runner.query(
      `UPDATE app_installations i JOIN update_policies p ON p.appName = i.activeApp
       SET i.windowMark = p.triedMark WHERE i.windowMark IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_installations DROP COLUMN IF EXISTS windowMark');
  }
}
