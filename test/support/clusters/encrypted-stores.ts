import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Redis } from 'ioredis';
import { ChildService } from '../../../src/local-services/child-service';
import { findBinary } from '../../../src/local-services/find-binary';
import { findFreePort } from '../../../src/local-services/free-port';
import type { Certificate } from '../certificate';
import { createDataFolder, mysqlUser } from './mariadb-files';

const PASSWORD = 'a password of the test';
const START_MS = 60_000;

/** A MariaDB and a Redis that accept encrypted connections only. Needs root. */
export class EncryptedStores {
  private constructor(
    readonly databaseUrl: string,
    readonly redisUrl: string,
    private readonly services: readonly ChildService[],
  ) {}

  static async start(folder: string, certificate: Certificate): Promise<EncryptedStores> {
    const database = await startDatabase(folder, certificate);
    const redis = await startRedis(folder, certificate);
    return new EncryptedStores(database.url, redis.url, [database.service, redis.service]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
  }
}

interface Started {
  readonly url: string;
  readonly service: ChildService;
}

async function startDatabase(
  folder: string,
  { certFile, keyFile, pem }: Certificate,
): Promise<Started> {
  const data = join(folder, 'mariadb');
  mkdirSync(data);
  const user = mysqlUser();
  chownSync(data, user.uid, user.gid);
  createDataFolder(data, join(folder, 'init.sql'), PASSWORD);
  const port = await findFreePort(null);
  const service = ChildService.start({
    name: 'mariadb-tls',
    command: findBinary('mariadbd') ?? 'mariadbd',
    dataDir: folder,
    user,
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--init-file=${join(folder, 'init.sql')}`,
      '--socket=server.sock',
      '--pid-file=server.pid',
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=32M',
      '--performance-schema=OFF',
      `--ssl-cert=${certFile}`,
      `--ssl-key=${keyFile}`,
      '--require-secure-transport=ON',
    ],
  });
  await service.waitUntil(async () => {
    try {
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'stackscape', password: PASSWORD, ssl: { ca: pem } }); // prettier-ignore
      await connection.end();
      return true;
    } catch {
      return false;
    }
  }, START_MS);
  return { url: `mysql://stackscape:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/stackscape`, service }; // prettier-ignore
}

async function startRedis(
  folder: string,
  { certFile, keyFile, pem }: Certificate,
): Promise<Started> {
  const port = await findFreePort(null);
  const own = join(folder, 'redis');
  mkdirSync(own);
  const file = join(own, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${certFile}`,
    `tls-key-file ${keyFile}`,
    `tls-ca-cert-file ${certFile}`,
    'tls-auth-clients no',
    'requirepass redis-password',
    'save ""',
    `dir "${own}"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const service = ChildService.start({
    name: 'redis-tls',
    command: findBinary('redis-server') ?? 'redis-server',
    args: [file],
    dataDir: folder,
  });
  await service.waitUntil(async () => {
    const client = new Redis(port, '127.0.0.1', { password: 'redis-password', tls: { ca: pem }, lazyConnect: true, retryStrategy: () => null }); // prettier-ignore
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      client.disconnect();
    }
  }, START_MS);
  return { url: `rediss://:redis-password@127.0.0.1:${port}/0`, service };
}
