import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import type { HttpClient } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';
import { TcpProxy } from '../../support/tcp-proxy';

const SAMPLE = { pid: '2333', ctdna: 209, cpg: 5 };

/** Runs the built server with this environment to its end, or until it has printed what is waited for. */
async function runServer(
  environment: Record<string, string>,
  until?: RegExp,
): Promise<{ status: number | null; output: string }> {
  const main = join(PROJECT_ROOT, 'dist/src/main.js');
  if (!existsSync(main)) throw new Error('dist/ is missing: npm run setup builds it');
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], ...environment },
    timeout: 120_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (until?.test(output)) child.kill();
    });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe('a start with invalid settings or services', () => {
  it('lists every invalid setting at once without its value', async () => {
    const { status, output } = await runServer({
      PORT: 'abc',
      ROLE: 'boss',
      JWT_SECRET: 'tooshort',
    });
    expect(status).toBe(2);
    for (const name of ['PORT', 'ROLE', 'JWT_SECRET']) expect(output).toContain(name);
    expect(output).not.toContain('tooshort');
  });

  it.each([
    ['waits for a database that does not answer', 'mysql://someone:hunter2@127.0.0.1:1/x', null],
    ['says that no database is named', '', 1],
  ])('%s', async (_, databaseUrl, expected) => {
    const { status, output } = await runServer(
      { DATABASE_URL: databaseUrl, REDIS_URL: 'redis://127.0.0.1:1', PORT: '0' },
      expected === null ? /DATABASE_URL/ : undefined,
    );
    expect(status).toBe(expected);
    expect(output).toContain('DATABASE_URL');
    expect(output).not.toContain('hunter2');
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe('a service that becomes unavailable', () => {
  let sut: AppWithAdmin;
  let admin: HttpClient;
  let uid: string;
  let database: TcpProxy;
  let redis: TcpProxy;

  beforeAll(async () => {
    const redisBehind = await TcpProxy.beforeUrl(process.env['TEST_REDIS_URL'] ?? '');
    redis = redisBehind.proxy;
    const original = process.env['TEST_DATABASE_URL'] ?? '';
    const databaseBehind = await TcpProxy.beforeUrl(original);
    database = databaseBehind.proxy;
    process.env['TEST_DATABASE_URL'] = databaseBehind.url;
    sut = await startAppWithAdmin({
      REDIS_URL: redisBehind.url,
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    });
    admin = sut.http.as(sut.admin.accessToken);
    uid = sut.admin.uid;
  });
  afterAll(async () => {
    await database.restore();
    await redis.restore();
    await sut.close();
    await database.cut();
    await redis.cut();
  });

  it('without Docker, rejects an install with 50000 and a clear message; the rest works', async () => {
    const install = await admin.post('/installApp', { appName: 'hello' });
    expect(install.status).toBe(503);
    expect(install.body).toMatchObject({
      code: '0',
      error: 50000,
      message: expect.stringContaining('Docker'),
    });
    const leases: unknown[] = await sut.dataSource.query('SELECT * FROM app_port_leases');
    expect(leases).toEqual([]);
    const ready = await admin.get('/health/ready');
    expect([ready.status, ready.body.status]).toEqual([200, 'ok']);
    expect(ready.body.details.docker).toEqual({ status: 'down', engine: 'engine-unreachable' });
    expect((await admin.post('/searchServer', {})).status).toBe(200);
  });

  it('without Redis, accepts a computation and runs it once Redis is back', async () => {
    await redis.cut();
    const ready = await pollUntil('readiness to notice', async () => {
      const answer = await admin.get('/health/ready');
      return answer.status === 503 && answer;
    });
    expect(ready.body.error).toHaveProperty('redis');
    const accepted = await admin.post('/api/v1/compute/add', SAMPLE);
    expect(accepted.body.code).toBe(20000);
    expect((await admin.get('/health/live')).status).toBe(200);
    await redis.restore();
    await pollUntil('the computation to end', async () => {
      const status = await admin.get(`/api/v1/compute/status/${accepted.body.data.id}`);
      return status.body.data?.status === 0;
    });
    await pollUntil('readiness', async () => (await admin.get('/health/ready')).status === 200);
  });

  it('without the database, answers 503 with 50000 and recovers afterwards', async () => {
    await database.cut();
    const answer = await admin.get(`/api/v1/history/query/${uid}`);
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 50000, data: null, requestId: expect.any(String) });
    expect(answer.headers.get('retry-after')).toBeTruthy();
    expect(JSON.stringify(answer.body)).not.toMatch(/select|ECONN|127\.0\.0\.1/i);
    expect((await admin.get('/health/live')).status).toBe(200);
    expect((await admin.get('/health/ready')).status).toBe(503);
    await database.restore();
    await pollUntil(
      'the history',
      async () => (await admin.get(`/api/v1/history/query/${uid}`)).status === 200,
    );
  });
});
