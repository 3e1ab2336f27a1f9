import type { MigrationInterface, QueryRunner } from 'typeorm';

// Index names begin with the name of their table.
const TABLES = [
  ['app_event', 'app_events'],
  ['app_install_step', 'app_install_steps'],
  ['app_installation', 'app_installations'],
  ['app_port_lease', 'app_port_leases'],
  ['app_secret', 'app_secrets'],
  ['risk_acknowledgement', 'risk_acknowledgements'],
  ['installation', 'system_state'],
] as const;
const COLUMNS = [
  ['pepperMark', 'pepperFingerprint'],
  ['tokenKeyMark', 'tokenKeyFingerprint'],
] as const;

/**
 * Names every table by one rule: plural snake case; the table of one row is `system_state`. The
 * database commits each statement by itself, so a migration that was killed half-way runs again and
 * skips what it has done.
 */
export class TableNames1795278000000 implements MigrationInterface {
  name = 'TableNames1795278000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [from, to] of TABLES) await renameTable(runner, from, to);
    for (const [from, to] of COLUMNS) await renameColumn(runner, from, to);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [to, from] of COLUMNS) await renameColumn(runner, from, to);
    for (const [to, from] of TABLES) await renameTable(runner, from, to);
  }
}

async function renameTable(runner: QueryRunner, from: string, to: string): Promise<void> {
  if (await runner.hasTable(from)) await runner.query(`RENAME TABLE ${from} TO ${to}`);
  const indexes = (await runner.query(
    `SELECT DISTINCT INDEX_NAME AS name FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [to],
  )) as { name: string }[];
  for (const { name } of indexes) {
    if (!name.startsWith(`${from}_`)) continue;
    const renamed = `${to}${name.slice(from.length)}`;
    await runner.query(`ALTER TABLE ${to} RENAME INDEX ${name} TO ${renamed}`);
  }
}

async function renameColumn(runner: QueryRunner, from: string, to: string): Promise<void> {
  if (await runner.hasColumn('system_state', from))
    await runner.query(`ALTER TABLE system_state RENAME COLUMN ${from} TO ${to}`);
}
