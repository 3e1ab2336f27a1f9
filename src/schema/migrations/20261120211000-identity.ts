import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';
const exact = (length: number) => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`;
const exactUnicode = (length: number) =>
  `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
const ID = 'bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY';

/** Accounts, sessions, invite codes, address bans, the audit log, and what keeps nodes in step. */
export class Identity1795209000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `CREATE TABLE users (
        id ${ID},
        uid ${exact(36)} NOT NULL,
        name ${exactUnicode(128)} NOT NULL,
        nameKey ${exactUnicode(255)} NOT NULL,
        nameSkeleton ${exactUnicode(255)} NOT NULL,
        passwordHash ${exact(255)} NOT NULL,
        role tinyint unsigned NOT NULL DEFAULT 0,
        status tinyint unsigned NOT NULL DEFAULT 0,
        pendingApproval tinyint NOT NULL DEFAULT 0,
        credentialVersion int unsigned NOT NULL DEFAULT 1,
        computeQuota int unsigned NULL,
        createdAt datetime(3) NOT NULL,
        lastLoginAt datetime(3) NULL,
        lastLoginAddress ${exact(45)} NULL,
        UNIQUE KEY users_uid (uid),
        UNIQUE KEY users_name_key (nameKey),
        UNIQUE KEY users_name_skeleton (nameSkeleton),
        KEY users_role (role, status)
      ) ${TABLE}`,
      `CREATE TABLE installation (
        id tinyint unsigned NOT NULL PRIMARY KEY,
        firstAdminAt datetime(3) NULL
      ) ${TABLE}`,
      `INSERT INTO installation (id, firstAdminAt) VALUES (1, NULL)`,
      `CREATE TABLE auth_sessions (
        id ${ID},
        sid ${exact(36)} NOT NULL,
        userId bigint unsigned NOT NULL,
        createdAt datetime(3) NOT NULL,
        lastUsedAt datetime(3) NOT NULL,
        expiresAt datetime(3) NOT NULL,
        endedAt datetime(3) NULL,
        endReason ${exact(32)} NULL,
        address ${exact(45)} NOT NULL,
        userAgent ${exactUnicode(255)} NOT NULL,
        UNIQUE KEY auth_sessions_sid (sid),
        KEY auth_sessions_user (userId, endedAt),
        KEY auth_sessions_expires (expiresAt)
      ) ${TABLE}`,
      `CREATE TABLE refresh_tokens (
        id ${ID},
        sessionId bigint unsigned NOT NULL,
        hash ${exact(64)} NOT NULL,
        createdAt datetime(3) NOT NULL,
        expiresAt datetime(3) NOT NULL,
        spentAt datetime(3) NULL,
        UNIQUE KEY refresh_tokens_hash (hash),
        KEY refresh_tokens_session (sessionId)
      ) ${TABLE}`,
      `CREATE TABLE invite_codes (
        id ${ID},
        code ${exact(32)} NOT NULL,
        issuedBy bigint unsigned NOT NULL,
        createdAt datetime(3) NOT NULL,
        expiresAt datetime(3) NULL,
        maxUses int unsigned NOT NULL DEFAULT 1,
        usedCount int unsigned NOT NULL DEFAULT 0,
        revokedAt datetime(3) NULL,
        revokedBy bigint unsigned NULL,
        note varchar(200) NOT NULL DEFAULT '',
        approval tinyint NOT NULL DEFAULT 0,
        UNIQUE KEY invite_codes_code (code),
        KEY invite_codes_issuer (issuedBy, createdAt)
      ) ${TABLE}`,
      `CREATE TABLE invite_code_uses (
        id ${ID},
        codeId bigint unsigned NOT NULL,
        userId bigint unsigned NOT NULL,
        usedAt datetime(3) NOT NULL,
        KEY invite_code_uses_code (codeId),
        UNIQUE KEY invite_code_uses_user (userId)
      ) ${TABLE}`,
      `CREATE TABLE banned_addresses (
        id ${ID},
        network ${exact(49)} NOT NULL,
        reason varchar(200) NOT NULL DEFAULT '',
        endsAt datetime(3) NULL,
        createdBy bigint unsigned NOT NULL,
        createdAt datetime(3) NOT NULL,
        UNIQUE KEY banned_addresses_network (network)
      ) ${TABLE}`,
      `CREATE TABLE audit_events (
        id ${ID},
        at datetime(3) NOT NULL,
        action ${exact(64)} NOT NULL,
        outcome ${exact(16)} NOT NULL,
        actorUid ${exact(36)} NULL,
        actorName ${exactUnicode(128)} NULL,
        targetType ${exact(32)} NULL,
        targetId ${exactUnicode(128)} NULL,
        targetName ${exactUnicode(128)} NULL,
        address ${exact(45)} NULL,
        details text NULL,
        KEY audit_events_at (at),
        KEY audit_events_actor (actorUid, id),
        KEY audit_events_target (targetId, id),
        KEY audit_events_action (action, id)
      ) ${TABLE}`,
      `CREATE TABLE auth_nodes (
        nodeId ${exact(36)} NOT NULL PRIMARY KEY,
        leaseUntil datetime(6) NOT NULL,
        syncedAt datetime(6) NOT NULL
      ) ${TABLE}`,
      `CREATE TABLE auth_changes (
        id ${ID},
        topic ${exact(64)} NOT NULL,
        at datetime(6) NOT NULL,
        KEY auth_changes_at (at)
      ) ${TABLE}`,
    ])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'auth_changes',
      'auth_nodes',
      'audit_events',
      'banned_addresses',
      'invite_code_uses',
      'invite_codes',
      'refresh_tokens',
      'auth_sessions',
      'installation',
      'users',
    ])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}
