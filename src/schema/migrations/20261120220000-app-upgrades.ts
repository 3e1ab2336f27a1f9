import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an upgrade under way leads to, and what it came from. */
export class AppUpgrades1795212000000 implements MigrationInterface {
  name = 'AppUpgrades1795212000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE app_installation
        ADD COLUMN pending MEDIUMBLOB NULL AFTER variables,
        ADD COLUMN previous MEDIUMTEXT NULL AFTER pending`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE app_installation DROP COLUMN previous, DROP COLUMN pending');
  }
}
