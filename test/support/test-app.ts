import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { createApp } from '../../src/app.setup';
import { loadSettings, type Environment } from '../../src/platform/config/load-settings';
import type { Settings } from '../../src/platform/config/settings';
import { dataSourceOptions } from '../../src/schema/data-source-options';
import { migrate } from '../../src/schema/migrate';
import { SETUP_TOKEN_HEADER, SetupToken } from '../../src/users/setup-token';
import { HttpClient } from './http-client';

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly settings: Settings;
  readonly dataSource: DataSource;
  /** Calls without an access token; they carry the set-up token, so that the first may register. */
  readonly http: HttpClient;
  readonly url: string;
  /** Environment that a second process of the same installation needs. */
  readonly environment: Environment;
  /** Shuts down; the last one of an installation also drops its database, Redis keys and data folder. */
  close(): Promise<void>;
}

/** A database, a Redis prefix and a data folder of its own; several processes of one test may share it. */
export interface TestInstallation {
  readonly environment: Environment;
  destroy(): Promise<void>;
}

/** Makes a fresh, migrated installation on the real services of the test run. */
export async function createInstallation(overrides: Environment = {}): Promise<TestInstallation> {
  const suffix = randomBytes(5).toString('hex');
  const database = `test_${suffix}`;
  const databaseUrl = new URL(required('TEST_DATABASE_URL'));
  databaseUrl.pathname = `/${database}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'stackscape-test-'));
  const environment: Environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl.href,
    REDIS_URL: required('TEST_REDIS_URL'),
    REDIS_PREFIX: `test-${suffix}`,
    DATA_DIR: dataDir,
    CONTAINER_PREFIX: `t${suffix}-`,
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    LOG_PRETTY: 'false',
    APP_BIND: '127.0.0.1',
    THROTTLE_LOGIN: 'off',
    THROTTLE_REGISTER: 'off',
    THROTTLE_REFRESH: 'off',
    ...overrides,
  };
  await migrate(databaseUrl.href);
  return {
    environment,
    async destroy() {
      const admin = await new DataSource({
        ...dataSourceOptions(required('TEST_DATABASE_URL')),
        entities: [],
        migrations: [],
        poolSize: 1,
      }).initialize();
      await admin.query(`DROP DATABASE IF EXISTS \`${database}\``);
      await admin.destroy();
      await dropRedisKeys(environment['REDIS_URL'] ?? '', environment['REDIS_PREFIX'] ?? '');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The real application on a free loopback port, by default with an installation of its own. */
export async function startTestApp(
  overrides: Environment = {},
  installation?: TestInstallation,
  beforeListening: (app: NestFastifyApplication) => void = () => undefined,
): Promise<TestApp> {
  const own = installation ? null : await createInstallation(overrides);
  const environment = { ...(installation ?? own)?.environment, ...overrides };
  const settings = loadSettings(environment);
  const app = await createApp(settings);
  beforeListening(app);
  await app.listen(settings.port, settings.host);
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
  return {
    app,
    settings,
    dataSource: app.get(DataSource),
    http: new HttpClient(url, undefined, { [SETUP_TOKEN_HEADER]: app.get(SetupToken).value }),
    url,
    environment,
    async close() {
      await app.close();
      await own?.destroy();
    },
  };
}

async function dropRedisKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  for (const pattern of [`${prefix}:*`, `{${prefix}-queue}:*`]) {
    const keys = await redis.keys(pattern);
    if (keys.length > 0) await redis.del(...keys);
  }
  redis.disconnect();
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: test/support/global-setup.ts provides it`);
  return value;
}
