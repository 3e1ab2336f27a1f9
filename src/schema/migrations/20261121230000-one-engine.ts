import type { MigrationInterface, QueryRunner } from 'typeorm';

const NODE = 'node VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';

/** A database belongs to one engine, whose id it holds; rows name no machine any more. */
export class OneEngine1795302000000 implements MigrationInterface {
  name = 'OneEngine1795302000000';

  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('system_state', 'engineId')))
      await runner.query(
        `ALTER TABLE system_state
           ADD COLUMN engineId VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL`,
      );
    if (await runner.hasColumn('app_port_leases', 'node')) {
      // Of a port that two machines had leased, the older lease stays.
      await runner.query(
        `DELETE later FROM app_port_leases later JOIN app_port_leases earlier
           ON earlier.protocol = later.protocol AND earlier.port = later.port AND earlier.id < later.id`,
      );
      await runner.query(
        `ALTER TABLE app_port_leases DROP KEY app_port_leases_port, DROP COLUMN node,
           ADD UNIQUE KEY app_port_leases_port (protocol, port)`,
      );
    }
    if (await runner.hasColumn('app_installations', 'node'))
      await runner.query('ALTER TABLE app_installations DROP COLUMN node');
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('app_installations', 'node')))
      await runner.query(
        `ALTER TABLE app_installations ADD COLUMN ${NODE} DEFAULT 'local' AFTER activeApp`,
      );
    if (!(await runner.hasColumn('app_port_leases', 'node')))
      await runner.query(
        `ALTER TABLE app_port_leases DROP KEY app_port_leases_port,
           ADD COLUMN ${NODE} DEFAULT 'local' AFTER id,
           ADD UNIQUE KEY app_port_leases_port (node, protocol, port)`,
      );
    if (await runner.hasColumn('system_state', 'engineId'))
      await runner.query('ALTER TABLE system_state DROP COLUMN engineId');
  }
}
