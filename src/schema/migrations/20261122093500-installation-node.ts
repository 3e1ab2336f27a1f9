import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The one node of a Swarm that an app was asked to run on; null: any that can. */
export class InstallationNode1795340100000 implements MigrationInterface {
  name = 'InstallationNode1795340100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE app_installations
         ADD COLUMN IF NOT EXISTS node VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER store`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_installations DROP COLUMN IF EXISTS node');
  }
}
