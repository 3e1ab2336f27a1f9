import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What makes the set-up token of this database differ from that of any other. */
export class SetupSalt1795300800000 implements MigrationInterface {
  name = 'SetupSalt1795300800000';

  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('system_state', 'setupSalt')))
      await runner.query(
        `ALTER TABLE system_state
           ADD COLUMN setupSalt VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''`,
      );
    await runner.query(`UPDATE system_state SET setupSalt = ? WHERE setupSalt = ''`, [
      randomBytes(16).toString('hex'),
    ]);
    await runner.query('ALTER TABLE system_state ALTER COLUMN setupSalt DROP DEFAULT');
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('system_state', 'setupSalt'))
      await runner.query('ALTER TABLE system_state DROP COLUMN setupSalt');
  }
}
