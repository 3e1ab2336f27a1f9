import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startMariadb } from '../../src/local-services/mariadb';
import type { RunningService } from '../../src/local-services/port-service';
import { startRedis } from '../../src/local-services/redis';
import type { TestApp } from '../support/test-app';
import { runComputeStorm } from './compute-storm';
import { reportStorm } from './report-storm';
import { startStormApi } from './start-storm-api';

const folder = join(__dirname, '../../.data', `chaos-${process.pid}`);
const startDatabase = (): Promise<RunningService> => startMariadb({ dataDir: folder });

// A database and a Redis of its own, because they are restarted and flushed.
describe('compute under faults', () => {
  let database: RunningService;
  let redis: RunningService;
  let api: TestApp;
  beforeAll(async () => {
    database = await startDatabase();
    redis = await startRedis(folder);
    api = await startStormApi(database.url, redis.url, folder);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await redis.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const flush = async (): Promise<void> => {
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    process.stderr.write('[chaos] Redis flushed\n');
  };
  const restart = async (): Promise<void> => {
    const started = performance.now();
    await database.stop();
    const again = await startDatabase();
    expect(again.url).toBe(database.url); // the workers know no other
    database = again;
    process.stderr.write(
      `[chaos] database restarted in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
    );
  };

  it('finishes and charges each of 20,000 tasks exactly once', async () => {
    const outcome = await runComputeStorm(api, {
      tasks: 20_000,
      users: 50,
      workers: 4,
      killEveryMs: 3_000,
      taskMs: 5,
      blows: [
        { at: 0.2, what: flush },
        { at: 0.45, what: restart },
        { at: 0.7, what: flush },
      ],
      deadlineMs: 540_000,
    });
    reportStorm('20,000 tasks of 50 users', outcome);
    expect(outcome.kills).toBeGreaterThanOrEqual(5);
    // A commit whose answer the restart swallowed is retried by the client: tasks may exceed what
    // was accepted, never fall short, and every one of them has ended once.
    expect(outcome.accepted).toBe(20_000);
    expect(outcome.tasks).toBeGreaterThanOrEqual(20_000);
    expect(outcome.done).toBe(outcome.tasks);
    expect(outcome.records).toBe(outcome.tasks);
    expect(outcome.tasksWithoutTheirOneRecord).toBe(0);
    expect(outcome.wrongQuotas).toBe(0);
    const longest = (waits: readonly number[]): number => waits.at(-1) ?? 0;
    expect(longest(outcome.smallWaits)).toBeLessThan(longest(outcome.largeWaits));
  }, 600_000);
});
