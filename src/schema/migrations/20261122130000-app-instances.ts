import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which installation of its app a row is, beside the first one; null: the first, which is called like the app. */
export class AppInstances1795352400000 implements MigrationInterface {
  name = 'AppInstances1795352400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_installations
         ADD COLUMN IF NOT EXISTS instance VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER appName`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_installations DROP COLUMN IF EXISTS instance');
  }
}
