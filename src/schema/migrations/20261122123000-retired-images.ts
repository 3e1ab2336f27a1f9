import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Images that upgrades have left without a name, until they are removed. */
export class RetiredImages1795350600000 implements MigrationInterface {
  name = 'RetiredImages1795350600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS retired_images (
        imageId VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        reference VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        retiredAt DATETIME(3) NOT NULL,
        PRIMARY KEY (imageId)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS retired_images');
  }
}
