import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Logins to private registries. */
export class RegistryLogins1795389000000 implements MigrationInterface {
  name = 'RegistryLogins1795389000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS registry_logins (
        registry VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        username VARCHAR(255) NOT NULL,
        sealedPassword BLOB NOT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (registry)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS registry_logins');
  }
}
