import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisOptions } from '../../../src/platform/redis/redis-options';
import { migrate } from '../../../src/schema/migrate';
import { selfSigned, type Certificate } from '../../support/certificate';
import { EncryptedStores } from '../../support/clusters/encrypted-stores';
import { signUpAdmin } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { startTestApp } from '../../support/test-app';

// A MariaDB and a Redis that refuse whoever does not speak TLS.
describe('encrypted connections to database and Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackscape-tls-'));
  const otherFolder = mkdtempSync(join(tmpdir(), 'stackscape-tls-other-'));
  let certificate: Certificate;
  let stores: EncryptedStores;
  beforeAll(async () => {
    chmodSync(folder, 0o755);
    certificate = selfSigned(folder);
    for (const file of [certificate.certFile, certificate.keyFile]) chmodSync(file, 0o644);
    stores = await EncryptedStores.start(folder, certificate);
  });
  afterAll(async () => {
    await stores?.stop();
    await rm(folder, { recursive: true, force: true });
    await rm(otherFolder, { recursive: true, force: true });
  });

  it('computes with both', async () => {
    const ca = `?ca=${encodeURIComponent(certificate.certFile)}`;
    const environment = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: stores.databaseUrl + ca,
      REDIS_URL: stores.redisUrl + ca,
      DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: 'silent',
    };
    await migrate(environment.DATABASE_URL);
    const server = await startTestApp({}, { environment, destroy: async () => undefined });
    try {
      const admin = await signUpAdmin(server);
      const ready = await server.http.get('/health/ready');
      expect(ready.body).toMatchObject({ info: { database: { status: 'up' }, redis: { status: 'up' } } }); // prettier-ignore
      const { id } = (await admin.http.post('/api/v1/compute/add', { pid: '1', ctdna: 209, cpg: 5 })).body.data; // prettier-ignore
      await pollUntil('the task to be done', async () => {
        const { data } = (await admin.http.get(`/api/v1/compute/status/${id}`)).body;
        return data.status === 0;
      });
    } finally {
      await server.close();
    }
  });

  it('refuses a certificate of another authority', async () => {
    const other = `?ca=${encodeURIComponent(selfSigned(otherFolder).certFile)}`;
    await expect(migrate(stores.databaseUrl + other)).rejects.toThrow(/self-signed|certificate/);
    await expect(ping(stores.redisUrl + other)).rejects.toThrow(/self-signed|certificate/);
  });

  it('is refused without TLS', async () => {
    await expect(migrate(stores.databaseUrl)).rejects.toThrow(
      /Access denied|secure_transport|insecure/,
    );
    await expect(ping(stores.redisUrl.replace('rediss:', 'redis:'))).rejects.toThrow();
  });
});

async function ping(url: string): Promise<void> {
  const redis = new Redis({ ...redisOptions(url), lazyConnect: true, retryStrategy: () => null });
  const failed = new Promise<never>((_, reject) => redis.on('error', reject));
  failed.catch(() => undefined);
  try {
    await Promise.race([redis.connect(), failed]);
  } finally {
    redis.disconnect();
  }
}
