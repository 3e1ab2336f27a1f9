import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMN = 'requestId VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL';

/** Which request asked for a piece of work, so that the log lines of the work can name it. */
export class RequestIds1795223700000 implements MigrationInterface {
  name = 'RequestIds1795223700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE app_installation ADD COLUMN ${COLUMN} AFTER requestedBy`);
    await runner.query(`ALTER TABLE compute_tasks ADD COLUMN ${COLUMN} AFTER failure`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE compute_tasks DROP COLUMN requestId');
    await runner.query('ALTER TABLE app_installation DROP COLUMN requestId');
  }
}
