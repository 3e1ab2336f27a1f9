import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';
const exact = (length: number) => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`;
const ID = 'bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY';

/** Tasks, records, quotas, models and imports of the compute service. */
export class Compute1795209600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `CREATE TABLE compute_tasks (
        seq ${ID},
        id ${exact(32)} NOT NULL,
        userId bigint unsigned NOT NULL,
        pid bigint unsigned NOT NULL,
        ctdna smallint unsigned NOT NULL,
        cpg smallint unsigned NOT NULL,
        hcc tinyint NULL,
        status tinyint unsigned NOT NULL,
        attempts tinyint unsigned NOT NULL DEFAULT 0,
        runToken ${exact(32)} NULL,
        leaseUntil datetime(3) NULL,
        chargedOn date NULL,
        modelId ${exact(64)} NULL,
        originId bigint unsigned NULL,
        rerunGuard bigint unsigned NULL,
        failure ${exact(16)} NULL,
        createdAt datetime(3) NOT NULL,
        startedAt datetime(3) NULL,
        endedAt datetime(3) NULL,
        UNIQUE KEY compute_tasks_id (id),
        KEY compute_tasks_dispatch (status, userId, seq),
        KEY compute_tasks_lease (status, leaseUntil),
        UNIQUE KEY compute_tasks_rerun (rerunGuard, modelId)
      ) ${TABLE}`,
      `CREATE TABLE compute_quotas (
        userId bigint unsigned NOT NULL,
        day date NOT NULL,
        used int unsigned NOT NULL DEFAULT 0,
        PRIMARY KEY (userId, day)
      ) ${TABLE}`,
      `CREATE TABLE compute_records (
        id ${ID},
        task ${exact(32)} NULL,
        userId bigint unsigned NOT NULL,
        pid bigint unsigned NOT NULL,
        ctdna smallint unsigned NOT NULL,
        cpg smallint unsigned NOT NULL,
        hcc tinyint NULL,
        hccInfer tinyint NOT NULL,
        probability double NOT NULL,
        extrapolated tinyint NOT NULL,
        modelId ${exact(64)} NOT NULL,
        modelChecksum ${exact(64)} NOT NULL,
        originId bigint unsigned NULL,
        importId bigint unsigned NULL,
        createdAt datetime(3) NOT NULL,
        UNIQUE KEY compute_records_task (task),
        KEY compute_records_history (userId, createdAt, id),
        KEY compute_records_stats (modelId, hcc, userId, probability, hccInfer),
        KEY compute_records_origin (originId),
        KEY compute_records_import (importId)
      ) ${TABLE}`,
      `CREATE TABLE compute_models (
        id ${exact(64)} NOT NULL PRIMARY KEY,
        kind ${exact(16)} NOT NULL,
        checksum ${exact(64)} NOT NULL,
        file mediumtext NOT NULL,
        origin ${exact(16)} NOT NULL,
        active tinyint unsigned NULL,
        createdAt datetime(3) NOT NULL,
        createdBy bigint unsigned NULL,
        activatedAt datetime(3) NULL,
        activatedBy bigint unsigned NULL,
        UNIQUE KEY compute_models_active (active)
      ) ${TABLE}`,
      `CREATE TABLE compute_imports (
        id ${ID},
        userId bigint unsigned NOT NULL,
        importedBy bigint unsigned NOT NULL,
        state ${exact(16)} NOT NULL,
        aliveUntil datetime(3) NULL,
        sha256 ${exact(64)} NULL,
        accepted int unsigned NOT NULL DEFAULT 0,
        rejected int unsigned NOT NULL DEFAULT 0,
        createdAt datetime(3) NOT NULL,
        KEY compute_imports_file (userId, sha256),
        KEY compute_imports_open (state, aliveUntil)
      ) ${TABLE}`,
    ])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'compute_imports',
      'compute_models',
      'compute_records',
      'compute_quotas',
      'compute_tasks',
    ])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}
