import type { MigrationInterface, QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const HELD_BY_NODES = ['app_installations', 'app_backups'];

/**
 * The database of a Swarm belongs to the cluster; apps and what else lies on disk, to the manager that holds them.
 * Before, one manager held all of it: `cluster/node` stood for both.
 */
export class AppHomes1795385400000 implements MigrationInterface {
  name = 'AppHomes1795385400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS app_homes (
        nodeId ${ID} NOT NULL,
        name VARCHAR(255) NOT NULL,
        PRIMARY KEY (nodeId)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    await runner.query(
      `ALTER TABLE system_state
         ADD COLUMN IF NOT EXISTS appKeyFingerprint VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL`,
    );
    for (const table of HELD_BY_NODES)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS home ${ID} NULL`);
    await runner.query(
      `ALTER TABLE retired_images ADD COLUMN IF NOT EXISTS home ${ID} NOT NULL DEFAULT '' AFTER imageId,
         DROP PRIMARY KEY, ADD PRIMARY KEY (imageId, home)`,
    );
    const [state] = (await runner.query('SELECT engineId FROM system_state')) as {
      engineId: string | null;
    }[];
    const [cluster, node] = state?.engineId?.split('/') ?? [];
    if (!node) return;
    await runner.query('INSERT IGNORE INTO app_homes (nodeId, name) VALUES (?, ?)', [node, node]);
    for (const table of HELD_BY_NODES)
      await runner.query(`UPDATE ${table} SET home = ? WHERE home IS NULL`, [node]);
    await runner.query("UPDATE retired_images SET home = ? WHERE home = ''", [node]);
    // Last: until then the steps before run again after a kill.
    await runner.query('UPDATE system_state SET engineId = ?', [cluster]);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasTable('app_homes')) {
      const [home] = (await runner.query(
        `SELECT h.nodeId FROM app_homes h LEFT JOIN app_installations i ON i.home = h.nodeId AND i.activeApp IS NOT NULL
         GROUP BY h.nodeId ORDER BY COUNT(i.id) DESC, h.nodeId LIMIT 1`,
      )) as { nodeId: string }[];
      if (home)
        await runner.query(
          `UPDATE system_state SET engineId = CONCAT(engineId, '/', ?)
           WHERE engineId IS NOT NULL AND engineId NOT LIKE '%/%'`,
          [home.nodeId],
        );
    }
    await runner.query('ALTER TABLE system_state DROP COLUMN IF EXISTS appKeyFingerprint');
    for (const table of HELD_BY_NODES)
      await runner.query(`ALTER TABLE ${table} DROP COLUMN IF EXISTS home`);
    if (await runner.hasColumn('retired_images', 'home')) {
      await runner.query(
        `DELETE later FROM retired_images later JOIN retired_images earlier
           ON earlier.imageId = later.imageId AND earlier.home < later.home`,
      );
      await runner.query(
        'ALTER TABLE retired_images DROP PRIMARY KEY, DROP COLUMN home, ADD PRIMARY KEY (imageId)',
      );
    }
    await runner.query('DROP TABLE IF EXISTS app_homes');
  }
}
