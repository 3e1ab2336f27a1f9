import { join } from 'node:path';
import type { Environment } from '../../src/platform/config/load-settings';
import { migrate } from '../../src/schema/migrate';
import { startTestApp, type TestApp } from '../support/test-app';

/** An API process on stores of its own, which a storm restarts and empties. */
export async function startStormApi(
  databaseUrl: string,
  redisUrl: string,
  folder: string,
): Promise<TestApp> {
  const environment: Environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    LOG_PRETTY: 'false',
    THROTTLE_LOGIN: 'off',
    THROTTLE_REGISTER: 'off',
    COMPUTE_LEASE_SECONDS: '3',
  };
  await migrate(databaseUrl);
  return startTestApp({ ROLE: 'api' }, { environment, destroy: async () => undefined });
}
