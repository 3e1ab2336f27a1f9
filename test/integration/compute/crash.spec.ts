import { Redis } from 'ioredis';
import { runComputeStorm } from '../../chaos/compute-storm';
import { reportStorm } from '../../chaos/report-storm';
import {
  createInstallation,
  startTestApp,
  type TestApp,
  type TestInstallation,
} from '../../support/test-app';

// The short form of test/chaos/compute.spec.ts, on the services that all tests share.
describe('workers killed while they compute', () => {
  let installation: TestInstallation;
  let api: TestApp;
  beforeAll(async () => {
    installation = await createInstallation({ COMPUTE_LEASE_SECONDS: '2' });
    api = await startTestApp({ ROLE: 'api' }, installation);
  });
  afterAll(async () => {
    await api.close();
    await installation.destroy();
  });

  it('lose and repeat no task, also when Redis is flushed', async () => {
    const outcome = await runComputeStorm(api, {
      tasks: 1_000,
      users: 5,
      workers: 2,
      killEveryMs: 300,
      maxKills: 3,
      taskMs: 5,
      blows: [{ at: 0.4, what: () => flushKeys(installation) }],
      deadlineMs: 170_000,
    });
    reportStorm('1,000 tasks, Redis emptied once', outcome);
    expect(outcome.kills).toBeGreaterThanOrEqual(1);
    expect(outcome).toMatchObject({
      accepted: 1_000,
      tasks: 1_000,
      done: 1_000,
      records: 1_000,
      tasksWithoutTheirOneRecord: 0,
      wrongQuotas: 0,
    });
  });
});

/** All keys of this installation, which is what FLUSHALL takes; other tests keep theirs. */
async function flushKeys({ environment }: TestInstallation): Promise<void> {
  const redis = new Redis(environment['REDIS_URL'] ?? '');
  const prefix = environment['REDIS_PREFIX'];
  for (const pattern of [`${prefix}:*`, `{${prefix}-queue}:*`]) {
    const keys = await redis.keys(pattern);
    if (keys.length > 0) await redis.del(...keys);
  }
  redis.disconnect();
}
