import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a process notice that it was started with other secrets than the rest of the installation. */
export class SecretMarks1795214400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE installation
         ADD COLUMN pepperMark varchar(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
         ADD COLUMN tokenKeyMark varchar(16) CHARACTER SET ascii COLLATE ascii_bin NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE installation DROP COLUMN pepperMark, DROP COLUMN tokenKeyMark',
    );
  }
}
