import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The store that an app was installed from, so that an upgrade stays with it; null where it is not known. */
export class AppStores1795302900000 implements MigrationInterface {
  name = 'AppStores1795302900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_installations
         ADD COLUMN IF NOT EXISTS store VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER appName`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_installations DROP COLUMN IF EXISTS store');
  }
}
