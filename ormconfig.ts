import { DataSource } from 'typeorm';
import { loadSettings } from './src/platform/config/load-settings';
import { dataSourceOptions } from './src/schema/data-source-options';

const { databaseUrl } = loadSettings();
if (!databaseUrl) {
  throw new Error('Set DATABASE_URL to the database that the TypeORM command is meant for.');
}

/** For the TypeORM command line: `npx typeorm migration:show -d dist/ormconfig.js`. */
export default new DataSource(dataSourceOptions(databaseUrl));
