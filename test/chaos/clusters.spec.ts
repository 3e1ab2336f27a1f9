import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseConnection } from '../../src/platform/database/database-address';
import { GaleraCluster } from '../support/clusters/galera';
import { SentinelRedis } from '../support/clusters/sentinels';
import type { TestApp } from '../support/test-app';
import { runComputeStorm } from './compute-storm';
import { reportStorm } from './report-storm';
import { startStormApi } from './start-storm-api';

const TASKS = Number(process.env['CHAOS_TASKS'] ?? 20_000);

// Three MariaDB servers as one Galera cluster; two Redis servers behind three sentinels.
describe('computations on clusters', () => {
  // Below /tmp: the user of the database passes through every folder above its own.
  const folder = mkdtempSync(join(tmpdir(), 'stackscape-clusters-'));
  let galera: GaleraCluster;
  let redis: SentinelRedis;
  let api: TestApp;
  beforeAll(async () => {
    chmodSync(folder, 0o755);
    [galera, redis] = await Promise.all([
      GaleraCluster.start(join(folder, 'galera')),
      SentinelRedis.start(join(folder, 'redis')),
    ]);
    api = await startStormApi(galera.url, redis.url, folder);
  }, 300_000);
  afterAll(async () => {
    await api?.close();
    await redis?.stop();
    await galera?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const inUse = (): number => galera.indexOf(databaseConnection(galera.url).hosts?.inUse.port ?? 0);
  const report = (text: string): void => void process.stderr.write(`[chaos] ${text}\n`);

  let killedMember = -1;
  const killDatabase = async (): Promise<void> => {
    killedMember = inUse();
    galera.kill(killedMember);
    report(`database member ${killedMember + 1} killed`);
  };
  const rejoin = async (): Promise<void> => {
    const begun = performance.now();
    await galera.startMember(killedMember);
    report(`it has joined again after ${Math.round((performance.now() - begun) / 1000)} s`);
  };
  const freezeDatabase = async (): Promise<void> => {
    const frozen = inUse();
    galera.signal(frozen, 'SIGSTOP');
    report(`database member ${frozen + 1} frozen`);
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    galera.signal(frozen, 'SIGCONT');
  };
  const killRedis = async (): Promise<void> => {
    const port = await redis.killMain();
    report('the main Redis killed');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await redis.restart(port);
    report('and started again');
  };

  it(`finishes and charges each of ${TASKS} tasks exactly once while members die`, async () => {
    const outcome = await runComputeStorm(api, {
      tasks: TASKS,
      users: 50,
      workers: 3,
      killEveryMs: 10_000,
      maxKills: 5,
      taskMs: 5,
      blows: [
        { at: 0.15, what: killDatabase },
        { at: 0.3, what: killRedis },
        { at: 0.45, what: rejoin },
        { at: 0.6, what: freezeDatabase },
        { at: 0.8, what: killRedis },
      ],
      deadlineMs: 840_000,
    });
    reportStorm(`${TASKS} tasks of 50 users on clusters`, outcome);
    expect(outcome.accepted).toBe(TASKS);
    expect(outcome.tasks).toBeGreaterThanOrEqual(TASKS);
    expect(outcome.done).toBe(outcome.tasks);
    expect(outcome.records).toBe(outcome.tasks);
    expect(outcome.tasksWithoutTheirOneRecord).toBe(0);
    expect(outcome.wrongQuotas).toBe(0);
  }, 900_000);
});
