import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import { DataFolderInUseError } from '../../../src/local-services/data-folder-in-use.error';
import {
  isRunning,
  parseIdentity,
  type ProcessIdentity,
} from '../../../src/local-services/process-identity';
import { startLocalServices, type LocalServices } from '../../../src/local-services/local-services';
import { pollUntil } from '../../support/poll-until';

interface Urls {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

async function write(urls: Urls, value: string): Promise<void> {
  const connection = await createConnection({ uri: urls.databaseUrl });
  await connection.query('CREATE TABLE IF NOT EXISTS kept (value VARCHAR(20))');
  await connection.query('INSERT INTO kept VALUES (?)', [value]);
  await connection.end();
  const redis = new Redis(urls.redisUrl);
  await redis.set('kept', value);
  redis.disconnect();
}

async function readBack(urls: Urls): Promise<unknown[]> {
  const connection = await createConnection({ uri: urls.databaseUrl });
  const [rows] = await connection.query('SELECT value FROM kept');
  await connection.end();
  const redis = new Redis(urls.redisUrl);
  const cached = await redis.get('kept');
  redis.disconnect();
  return [...(rows as { value: string }[]).map(({ value }) => value), cached];
}

describe(startLocalServices.name, () => {
  let parent: string;
  const started: LocalServices[] = [];
  const start = async (dataDir: string): Promise<LocalServices> => {
    const services = await startLocalServices({ dataDir });
    started.push(services);
    return services;
  };

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'local-services-'));
  });
  afterAll(async () => {
    for (const services of started) await services.stop();
    await rm(parent, { recursive: true, force: true });
  });

  it('keeps data and addresses over a restart and stops everything that it started', async () => {
    const dataDir = join(parent, 'kept');
    const first = await start(dataDir);
    await write(first, 'one');
    const pids = await recorded(dataDir);
    expect(pids).toHaveLength(2);
    await first.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect((await readdir(join(dataDir, 'run'))).filter((name) => name.endsWith('.json'))).toEqual(
      [],
    );

    const second = await start(dataDir);
    expect(second.databaseUrl).toBe(first.databaseUrl);
    expect(await readBack(second)).toEqual(['one', 'one']);
    await second.stop();
  });

  it('rejects a folder in use and leaves its owner alone', async () => {
    const dataDir = join(parent, 'busy');
    const first = await start(dataDir);
    await expect(startLocalServices({ dataDir })).rejects.toThrow(DataFolderInUseError);
    await write(first, 'still there');
    expect(await readBack(first)).toEqual(['still there', 'still there']);
    await first.stop();
  });

  it('leaves nothing running after a kill and starts again on the same data', async () => {
    const dataDir = join(parent, 'crashed');
    const register = join(__dirname, '..', '..', 'chaos', 'register.js');
    const script = join(__dirname, '..', '..', 'support', 'services', 'local-services-process.ts');
    const owner = spawn(process.execPath, ['-r', register, script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    owner.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await pollUntil('the services', () => output.includes('\n'));
    await write(JSON.parse(output) as Urls, 'survives');
    const pids = await recorded(dataDir);
    expect(pids.filter(isRunning)).toHaveLength(2);

    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const again = await start(dataDir);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await readBack(again)).toEqual(['survives', 'survives']);
    await again.stop();
  });

  it('works in a path with blanks that is longer than a socket address', async () => {
    const services = await start(join(parent, `a b'c ${'x'.repeat(120)}`));
    await write(services, 'far away');
    await services.stop();
  });

  it('requires the generated password, readable by its owner only', async () => {
    const dataDir = join(parent, 'closed');
    const services = await start(dataDir);
    const url = new URL(services.databaseUrl);
    for (const [user, password] of [
      ['root', ''],
      ['', ''],
      ['stackscape', 'guess'],
    ] as const) {
      const options = { host: url.hostname, port: Number(url.port), user, password };
      await expect(createConnection(options)).rejects.toMatchObject({ errno: 1045 });
    }
    const redis = new Redis(Number(new URL(services.redisUrl).port), '127.0.0.1', {
      retryStrategy: null,
    });
    redis.on('error', () => undefined);
    await expect(redis.get('x')).rejects.toThrow('NOAUTH');
    redis.disconnect();
    for (const name of await readdir(join(dataDir, 'secrets'))) {
      expect((await stat(join(dataDir, 'secrets', name))).mode & 0o077).toBe(0);
      const secret = (await readFile(join(dataDir, 'secrets', name), 'utf8')).trim();
      for (const { pid } of await recorded(dataDir)) {
        expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
      }
    }
    await services.stop();
  });
});

/** The daemons that a start wrote down. */
async function recorded(dataDir: string): Promise<ProcessIdentity[]> {
  const names = ['mariadb.json', 'redis.json'];
  const texts = await Promise.all(
    names.map((name) => readFile(join(dataDir, 'run', name), 'utf8').catch(() => '')),
  );
  return texts.map(parseIdentity).filter((identity) => identity !== null);
}
