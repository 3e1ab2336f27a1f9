import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Installations, their ledger, port leases, secrets and events. */
export class AppTables1795209300000 implements MigrationInterface {
  name = 'AppTables1795209300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app_installation (
        id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        activeApp VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        node VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        phase VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        progress SMALLINT UNSIGNED NOT NULL,
        step VARCHAR(1000) NOT NULL,
        stopped TINYINT NOT NULL,
        cancelRequested TINYINT NOT NULL,
        removeData TINYINT NOT NULL,
        folderIsNew TINYINT NOT NULL,
        failure MEDIUMTEXT NULL,
        manifest MEDIUMTEXT NULL,
        variables MEDIUMBLOB NOT NULL,
        templateDigest VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        version VARCHAR(200) NULL,
        runToken VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        leaseUntil DATETIME(3) NULL,
        attempts INT UNSIGNED NOT NULL,
        idempotencyKey VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL,
        requestedBy VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        createdAt DATETIME(3) NOT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY app_installation_active (activeApp),
        UNIQUE KEY app_installation_idempotency (idempotencyKey),
        KEY app_installation_app (appName, createdAt),
        KEY app_installation_work (state, leaseUntil)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE app_install_step (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
        installationId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        name VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        adopted TINYINT NOT NULL,
        engineId VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
        createdAt DATETIME(3) NOT NULL,
        updatedAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY app_install_step_once (installationId, kind, name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE app_port_lease (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
        node VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        protocol VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        port SMALLINT UNSIGNED NOT NULL,
        installationId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        leaseKey VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY app_port_lease_port (node, protocol, port),
        UNIQUE KEY app_port_lease_key (installationId, leaseKey)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE app_secret (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        name VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        value BLOB NOT NULL,
        installationId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        UNIQUE KEY app_secret_name (appName, name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(`
      CREATE TABLE app_event (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
        installationId VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
        appName VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        type VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        data TEXT NOT NULL,
        createdAt DATETIME(3) NOT NULL,
        PRIMARY KEY (id),
        KEY app_event_app (appName, id),
        KEY app_event_installation (installationId, id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'app_event',
      'app_secret',
      'app_port_lease',
      'app_install_step',
      'app_installation',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
