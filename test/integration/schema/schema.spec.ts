import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/schema/data-source-options';
import { migrations } from '../../../src/schema/migrations';
import { TableNames1795278000000 } from '../../../src/schema/migrations/20261121162000-table-names';
import { AppHomes1795385400000 } from '../../../src/schema/migrations/20261122221000-app-homes';
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

  it('matches the entities after the migrations', async () => {
    const { upQueries } = await sut.driver.createSchemaBuilder().log();
    expect(upQueries.map((query) => query.query)).toEqual([]);
  });

  it('names tables in plural snake case, and indexes after their table', () => {
    for (const { tableName, indices } of sut.entityMetadatas) {
      if (tableName !== 'system_state') expect(tableName).toMatch(/^[a-z]+(_[a-z]+)*s(es)?$/);
      for (const { name } of indices) expect(name).toMatch(new RegExp(`^${tableName}_`));
    }
  });

  it('keeps the rows when tables get their new names, also after being killed half-way', async () => {
    await sut.query('UPDATE system_state SET firstAdminAt = ?', [new Date(86_400_000)]);
    const later = migrations.length - migrations.indexOf(TableNames1795278000000);
    for (let i = 0; i < later; i++) await sut.undoLastMigration();
    await sut.query('RENAME TABLE app_secret TO app_secrets'); // as far as the first attempt came
    await expect(sut.runMigrations()).resolves.toHaveLength(later);
    const rows: object[] = await sut.query('SELECT firstAdminAt FROM system_state');
    expect(rows).toEqual([{ firstAdminAt: new Date(86_400_000) }]);
    const { upQueries } = await sut.driver.createSchemaBuilder().log();
    expect(upQueries.map((query) => query.query)).toEqual([]);
  });

  it('carries over that one manager of a Swarm held all apps, and back', async () => {
    const engineId = (): Promise<object[]> => sut.query('SELECT engineId FROM system_state');
    const later = migrations.length - migrations.indexOf(AppHomes1795385400000);
    for (let i = 0; i < later; i++) await sut.undoLastMigration();
    await sut.query("UPDATE system_state SET engineId = 'cluster/node'");
    await sut.query(
      "INSERT INTO retired_images (imageId, reference, retiredAt) VALUES ('sha256:1', 'a:1', UTC_TIMESTAMP())",
    );
    await sut.query(
      `INSERT INTO app_installations (id, appName, state, phase, progress, step, stopped, cancelRequested, removeData,
         folderIsNew, variables, templateDigest, attempts, createdAt, updatedAt)
       VALUES ('1', 'a', 'failed', 'failed', 0, '', 0, 0, 0, 0, '', '', 0, UTC_TIMESTAMP(), UTC_TIMESTAMP())`,
    );
    await sut.runMigrations();
    expect(await engineId()).toEqual([{ engineId: 'cluster' }]);
    expect(await sut.query('SELECT nodeId FROM app_homes')).toEqual([{ nodeId: 'node' }]);
    for (const table of ['app_installations', 'retired_images'])
      expect(await sut.query(`SELECT home FROM ${table}`)).toEqual([{ home: 'node' }]);
    for (let i = 0; i < later; i++) await sut.undoLastMigration();
    expect(await engineId()).toEqual([{ engineId: 'cluster/node' }]);
    await sut.runMigrations();
    expect(await engineId()).toEqual([{ engineId: 'cluster' }]);
  });

  it('can be reverted completely and migrated again', async () => {
    for (let i = 0; i < migrations.length; i++) await sut.undoLastMigration();
    const tables: object[] = await sut.query('SHOW TABLES');
    expect(tables).toHaveLength(1); // the list of migrations itself
    await expect(sut.runMigrations()).resolves.toHaveLength(migrations.length);
  });
});
