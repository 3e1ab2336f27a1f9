import { Redis } from 'ioredis';
import { TaskBacklog } from '../../../src/compute/tasks/task-backlog';
import { MAX_ATTEMPTS, TaskClaims, type Claim } from '../../../src/compute/tasks/task-claims';
import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { ActiveModels } from '../../../src/compute/model-store/active-models';
import type { TaskStatusDto } from '../../../src/compute/task.dto';
import { TaskRunner } from '../../../src/compute/tasks/task-runner';
import { startAppWithAdmin, useApp } from '../../support/app-with-admin';
import { submit, untilEnded, usedUnits, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { fastestOf } from '../../support/measures/fastest-of';
import { pollUntil } from '../../support/poll-until';
import { createInstallation, startTestApp, type TestApp } from '../../support/test-app';

const sample = { pid: 1, ctdna: 209, cpg: 5, hcc: null };

describe('task execution', () => {
  describe('with single steps', () => {
    // An API process does not work by itself: the test decides what happens when.
    const sut = useApp({ ROLE: 'api', COMPUTE_LEASE_SECONDS: '600' });
    let user: SignedIn;
    let claims: TaskClaims;
    beforeAll(async () => {
      user = await signUpUser(sut, sut.admin);
      claims = sut.app.get(TaskClaims);
    });

    const expire = (id: string) =>
      sut.dataSource.query(
        'UPDATE compute_tasks SET leaseUntil = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE id = ?',
        [id],
      );
    const status = async (id: string): Promise<TaskStatusDto> =>
      succeeded(await user.http.get(`/api/v1/compute/status/${id}`)).body.data as TaskStatusDto;
    const recordsOf = async (id: string): Promise<number> => {
      const [row] = await sut.dataSource.query(
        'SELECT COUNT(*) AS n FROM compute_records WHERE task = ?',
        [id],
      );
      return Number(row.n);
    };
    const finish = async (claim: Claim): Promise<number> => {
      const model = (await sut.app.get(ActiveModels).get(null))!;
      return claims.finish(
        claim.token,
        claim.tasks.map((task) => ({ task, model, prediction: model.predict(task) })),
      );
    };

    it('moves from queued to computing to done', async () => {
      const id = await submit(user, { ctdna: 213, cpg: 4, hcc: true });
      const claim = await claims.claim([id]);
      expect(await status(id)).toMatchObject({ status: 1, position: null, result: null });
      expect(await finish(claim)).toBe(1);
      const { status: end, result } = await status(id);
      expect(end).toBe(0);
      expect(result).toMatchObject({
        pid: 2333,
        ctdna: 213,
        cpg: 4,
        hcc: true,
        hcc_infer: true,
        extrapolated: false,
        model: 'hcc-fragment-nb@1.0.0',
        checksum: expect.stringMatching(/^9eb3500c/),
        task: id,
      });
      expect(result!.probability).toBeCloseTo(0.6154, 4);
    });

    it('lets one of several concurrent workers claim a task', async () => {
      const id = await submit(user);
      const all = await Promise.all(Array.from({ length: 12 }, () => claims.claim([id])));
      expect(all.filter((claim) => claim.tasks.length === 1)).toHaveLength(1);
    });

    it('writes one record when a second worker finishes late', async () => {
      const id = await submit(user);
      const slow = await claims.claim([id]);
      await expire(id);
      const taken = await claims.claim([id]);
      expect(taken.tasks).toHaveLength(1);
      expect(await finish(slow)).toBe(0);
      expect((await status(id)).status).toBe(1);
      expect(await finish(taken)).toBe(1);
      expect(await finish(slow)).toBe(0);
      expect(await recordsOf(id)).toBe(1);
    });

    it('ends a running task in the answer to its cancel', async () => {
      const id = await submit(user);
      const units = await usedUnits(sut, user);
      const claim = await claims.claim([id]);
      const started = performance.now();
      const answer = succeeded(await user.http.post(`/api/v1/compute/cancel/${id}`));
      const took = performance.now() - started;
      process.stdout.write(`cancel of a running task: final after ${took.toFixed(0)} ms\n`);
      expect(answer.body.data).toMatchObject({ status: 4, failure: 'cancelled' });
      expect(await finish(claim)).toBe(0);
      expect(await claims.sweep()).toMatchObject({ requeued: 0 });
      expect(await status(id)).toMatchObject({ status: 4, result: null });
      expect(await recordsOf(id)).toBe(0);
      expect(await usedUnits(sut, user)).toBe(units); // it ran: the unit is spent
    });

    it('rejects the cancellation of a finished task', async () => {
      const id = await submit(user);
      await finish(await claims.claim([id]));
      const answer = await user.http.post(`/api/v1/compute/cancel/${id}`);
      expect([answer.status, answer.body.code]).toEqual([400, 30000]);
      expect((await status(id)).status).toBe(0);
    });

    it('lets either cancel or finish win when both run at once', async () => {
      for (let i = 0; i < 20; i++) {
        const id = await submit(user);
        const claim = await claims.claim([id]);
        const [written] = await Promise.all([
          finish(claim),
          user.http.post(`/api/v1/compute/cancel/${id}`),
        ]);
        expect((await status(id)).status).toBe(written === 1 ? 0 : 4);
        expect(await recordsOf(id)).toBe(written);
      }
    });

    it('requeues a task when its lease expires and fails it after eight claims', async () => {
      const id = await submit(user);
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        expect((await claims.claim([id])).tasks).toHaveLength(1);
        expect(await claims.sweep()).toEqual({ requeued: 0, terminated: 0 });
        await expire(id);
        if (attempt < MAX_ATTEMPTS) expect((await claims.sweep()).requeued).toBe(1);
      }
      expect(await claims.sweep()).toEqual({ requeued: 0, terminated: 1 });
      expect(await status(id)).toMatchObject({ status: 4, failure: 'attempts', result: null });
      expect((await claims.claim([id])).tasks).toHaveLength(0);
    });

    it('does not count attempts whose result a full database could not take', async () => {
      const id = await submit(user);
      const runner = sut.app.get(TaskRunner);
      await sut.dataSource.query(
        `CREATE TRIGGER full_disk BEFORE INSERT ON compute_records FOR EACH ROW
         SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'`,
      );
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        await expect(runner.run([id])).rejects.toThrow('The table is full');
        await expire(id);
        expect(await claims.sweep()).toEqual({ requeued: 1, terminated: 0 });
      }
      await sut.dataSource.query('DROP TRIGGER full_disk');
      expect(await runner.run([id])).toBe(1);
      expect((await status(id)).status).toBe(0);
    });

    it('requeues tasks that a shutdown interrupts without counting the attempt', async () => {
      const id = await submit(user);
      const claim = await claims.claim([id]);
      await claims.release([claim.token]);
      expect(await status(id)).toMatchObject({ status: 3 });
      expect(await finish(claim)).toBe(0);
      const [row] = await sut.dataSource.query('SELECT attempts FROM compute_tasks WHERE id = ?', [
        id,
      ]);
      expect(row.attempts).toBe(0);
    });

    it('fails only the task of a batch that its model cannot compute', async () => {
      const [bad, good] = [await submit(user), await submit(user)];
      await sut.dataSource.query(`UPDATE compute_tasks SET modelId = 'gone@1.0.0' WHERE id = ?`, [
        bad,
      ]);
      await sut.app.get(TaskRunner).run([bad, good]);
      expect(await status(bad)).toMatchObject({ status: 4, failure: 'model' });
      expect(await status(good)).toMatchObject({ status: 0 });
    });

    it('dispatches tasks of the users in turn', async () => {
      await sut.dataSource.query(`UPDATE compute_tasks SET status = 4 WHERE status IN (1, 3)`);
      const submission = sut.app.get(TaskSubmission);
      const users = [user, await signUpUser(sut, sut.admin), await signUpUser(sut, sut.admin)];
      const [large, small, middle] = await Promise.all(users.map((u) => userIdOf(sut, u)));
      const many = await submission.submit(
        large!,
        Array.from({ length: 300 }, () => sample),
      );
      const one = await submission.submit(small!, [sample]);
      const few = await submission.submit(middle!, [sample, sample, sample]);
      const backlog = sut.app.get(TaskBacklog);
      const idsOf = (tasks: { id: string }[]): string[] => tasks.map((task) => task.id);
      const slice = idsOf(await backlog.next(10));
      expect(slice).toHaveLength(10);
      expect(slice).toEqual(expect.arrayContaining([...one, ...few, ...many.slice(0, 6)]));
      expect(slice.slice(0, 3)).toEqual(expect.arrayContaining([one[0], few[0], many[0]]));
      // What is handed out already is passed over, not waited for.
      const next = idsOf(await backlog.next(10, new Set(slice)));
      expect(next).toEqual(many.slice(6, 16));
      expect(idsOf(await backlog.next(3))).toEqual(
        expect.arrayContaining([one[0], few[0], many[0]]),
      );
    });
  });

  it('computes through the queue and continues while Redis is flushed', async () => {
    const sut = await startAppWithAdmin({ ROLE: 'all' });
    try {
      const user = await signUpUser(sut, sut.admin);
      const first = await submit(user);
      expect(await untilEnded(user, first)).toMatchObject({ status: 0 });
      const ids = await sut.app.get(TaskSubmission).submit(
        await userIdOf(sut, user),
        Array.from({ length: 900 }, () => sample),
      );
      await flushKeysOf(sut);
      await untilRecords(sut, 901);
      expect(await untilEnded(user, ids[899]!)).toMatchObject({ status: 0 });
    } finally {
      await sut.close();
    }
  });

  it('accepts and computes tasks without Redis', async () => {
    // Port 9 is the discard service: nothing listens there.
    const installation = await createInstallation();
    const sut = await startAppWithAdmin({ REDIS_URL: 'redis://127.0.0.1:9' }, installation);
    try {
      const user = await signUpUser(sut, sut.admin);
      let id = '';
      const fastest = await fastestOf(5, async () => void (id = await submit(user)));
      expect(fastest).toBeLessThan(1_500);
      expect(await untilEnded(user, id)).toMatchObject({ status: 0 });
    } finally {
      await sut.close();
      await installation.destroy();
    }
  });

  it('shares the work of several processes and loses no task on an orderly shutdown', async () => {
    const installation = await createInstallation();
    const api = await startAppWithAdmin({ ROLE: 'api' }, installation);
    const workers = [
      await startTestApp({ ROLE: 'worker' }, installation),
      await startTestApp({ ROLE: 'worker' }, installation),
    ];
    try {
      const user = await signUpUser(api, api.admin);
      await api.app.get(TaskSubmission).submit(
        await userIdOf(api, user),
        Array.from({ length: 1000 }, () => sample),
      );
      await untilRecords(api, 100);
      await workers[0]!.close();
      await untilRecords(api, 1000);
    } finally {
      await workers[1]!.close();
      await api.close();
      await installation.destroy();
    }
  });
});

async function untilRecords(app: TestApp, count: number): Promise<void> {
  await pollUntil(`${count} records`, async () => {
    const [row] = await app.dataSource.query('SELECT COUNT(*) AS n FROM compute_records');
    return Number(row.n) >= count;
  });
}

/** Takes all keys of this installation away: what FLUSHALL does, without harm to other tests. */
async function flushKeysOf(app: TestApp): Promise<void> {
  const redis = new Redis(app.settings.redisUrl!);
  const prefix = app.settings.redisPrefix;
  for (const pattern of [`${prefix}:*`, `{${prefix}-queue}:*`]) {
    const keys = await redis.keys(pattern);
    if (keys.length > 0) await redis.del(...keys);
  }
  redis.disconnect();
}
