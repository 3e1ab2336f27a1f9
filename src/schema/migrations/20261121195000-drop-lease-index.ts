import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The few tasks that compute are found by their status; an index of leases was written three times
 * for each task and read for none that lives.
 */
export class DropLeaseIndex1795290600000 implements MigrationInterface {
  name = 'DropLeaseIndex1795290600000';

  async up(runner: QueryRunner): Promise<void> {
    if (await hasIndex(runner))
      await runner.query('DROP INDEX compute_tasks_lease ON compute_tasks');
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!(await hasIndex(runner)))
      await runner.query('CREATE INDEX compute_tasks_lease ON compute_tasks (status, leaseUntil)');
  }
}

async function hasIndex(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query(
    `SHOW INDEX FROM compute_tasks WHERE Key_name = 'compute_tasks_lease'`,
  )) as unknown[];
  return rows.length > 0;
}
