import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes by patient and by confirmed status were written at random places and made an import take
 * twice its time. One index in order of time now holds whatever a history is filtered by.
 */
export class OneHistoryIndex1795300200000 implements MigrationInterface {
  name = 'OneHistoryIndex1795300200000';

  async up(runner: QueryRunner): Promise<void> {
    if (await hasPatientIndex(runner))
      await runner.query(
        `ALTER TABLE compute_records DROP KEY compute_records_patient,
           DROP KEY compute_records_confirmed, DROP KEY compute_records_history,
           ADD KEY compute_records_history (userId, createdAt, id, pid, hcc, hccInfer, modelId)`,
      );
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!(await hasPatientIndex(runner)))
      await runner.query(
        `ALTER TABLE compute_records DROP KEY compute_records_history,
           ADD KEY compute_records_history (userId, createdAt, id, hcc, hccInfer, modelId),
           ADD KEY compute_records_patient (userId, pid),
           ADD KEY compute_records_confirmed (userId, hcc, createdAt)`,
      );
  }
}

async function hasPatientIndex(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query(
    `SHOW INDEX FROM compute_records WHERE Key_name = 'compute_records_patient'`,
  )) as unknown[];
  return rows.length > 0;
}
