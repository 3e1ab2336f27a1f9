import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/schema/data-source-options';
import { migrations } from '../../../src/schema/migrations';
import { createInstallation, type TestInstallation } from '../../support/test-app';

describe('database schema', () => {
  let installation: TestInstallation;
  let sut: DataSource;
  beforeAll(async () => {
    installation = await createInstallation();
    const options = dataSourceOptions(installation.environment['DATABASE_URL'] ?? '');
    sut = await new DataSource(options).initialize();
    const [row]: { version: string }[] = await sut.query('SELECT VERSION() AS version');
    if (row?.version.includes('MariaDB')) {
      // Only told so does TypeORM know that MariaDB reports an absent default as the text NULL.
      await sut.destroy();
      sut = await new DataSource({ ...options, type: 'mariadb' }).initialize();
    }
  });
  afterAll(async () => {
    await sut.destroy();
    await installation.destroy();
  });

  it('is after the migrations what the entities say', async () => {
    const { upQueries } = await sut.driver.createSchemaBuilder().log();
    expect(upQueries.map((query) => query.query)).toEqual([]);
  });

  it('can be undone to nothing and made again', async () => {
    for (let i = 0; i < migrations.length; i++) await sut.undoLastMigration();
    const tables: object[] = await sut.query('SHOW TABLES');
    expect(tables).toHaveLength(1); // the list of migrations itself
    await expect(sut.runMigrations()).resolves.toHaveLength(migrations.length);
  });
});
