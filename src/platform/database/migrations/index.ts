import type { MigrationInterface } from 'typeorm';
import { Identity1795209000000 } from './20261120211000-identity';
import { AppTables1795209300000 } from './20261120211500-app-tables';

/** Every migration, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  Identity1795209000000,
  AppTables1795209300000,
];
