import type { MigrationInterface, QueryRunner } from 'typeorm';

const exact = (length: number) => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin`;

/** Batches and lists of tasks, their events, and filters of the history. */
export class TaskBatches1795291200000 implements MigrationInterface {
  name = 'TaskBatches1795291200000';

  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('compute_tasks', 'batch')))
      await runner.query(
        `ALTER TABLE compute_tasks ADD COLUMN batch ${exact(32)} NULL AFTER id,
           ADD KEY compute_tasks_batch (batch),
           ADD KEY compute_tasks_user (userId, createdAt),
           DROP KEY compute_tasks_dispatch,
           ADD KEY compute_tasks_dispatch (status, userId, seq, createdAt)`,
      );
    // The first holds whatever a history is filtered by, so no filter reads rows that do not match;
    // the others find what few records have: a patient, a confirmed status.
    if (!(await hasIndex(runner, 'compute_records', 'compute_records_patient')))
      await runner.query(
        `ALTER TABLE compute_records DROP KEY compute_records_history,
           ADD KEY compute_records_history (userId, createdAt, id, hcc, hccInfer, modelId),
           ADD KEY compute_records_patient (userId, pid),
           ADD KEY compute_records_confirmed (userId, hcc, createdAt)`,
      );
    await runner.query(
      `CREATE TABLE IF NOT EXISTS compute_task_events (
         id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
         userId BIGINT UNSIGNED NOT NULL,
         batch ${exact(32)} NULL,
         status TINYINT UNSIGNED NOT NULL,
         failure ${exact(16)} NULL,
         tasks MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
         createdAt DATETIME(3) NOT NULL,
         KEY compute_task_events_user (userId),
         KEY compute_task_events_batch (batch),
         KEY compute_task_events_age (createdAt)
       ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS compute_task_events');
    if (await hasIndex(runner, 'compute_records', 'compute_records_patient'))
      await runner.query(
        `ALTER TABLE compute_records DROP KEY compute_records_patient, DROP KEY compute_records_confirmed,
           DROP KEY compute_records_history,
           ADD KEY compute_records_history (userId, createdAt, id)`,
      );
    if (await runner.hasColumn('compute_tasks', 'batch'))
      await runner.query(
        `ALTER TABLE compute_tasks DROP KEY compute_tasks_dispatch,
           ADD KEY compute_tasks_dispatch (status, userId, seq), DROP KEY compute_tasks_user,
           DROP KEY compute_tasks_batch, DROP COLUMN batch`,
      );
  }
}

async function hasIndex(runner: QueryRunner, table: string, index: string): Promise<boolean> {
  const rows = (await runner.query(
    `SELECT 1 FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ? LIMIT 1`,
    [table, index],
  )) as unknown[];
  return rows.length > 0;
}
