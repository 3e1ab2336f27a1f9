import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { NO_TOKEN } from '../../../src/compute/tasks/task.entity';
import { WorkerProcess } from '../../chaos/worker-process';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { userIdOf } from '../../support/factories/compute';
import { pollUntil } from '../../support/poll-until';
import { createInstallation, type TestInstallation } from '../../support/test-app';

describe('a worker process that gets SIGTERM', () => {
  let installation: TestInstallation;
  let api: AppWithAdmin;
  beforeEach(async () => {
    // A lease so long that nothing but the shutdown itself can free a task.
    installation = await createInstallation({ COMPUTE_LEASE_SECONDS: '3600' });
    api = await startAppWithAdmin({ ROLE: 'api' }, installation);
  });
  afterEach(async () => {
    await api.close();
    await installation.destroy();
  });

  const count = async (where: string): Promise<number> => {
    const [row] = await api.dataSource.query<{ n: string }[]>(
      `SELECT COUNT(*) AS n FROM compute_tasks WHERE ${where}`,
    );
    return Number(row!.n);
  };
  /** Submits 300 tasks and ends the worker in the middle of them. */
  const interrupt = async (taskMs: number): Promise<void> => {
    const task = { pid: 1, ctdna: 209, cpg: 5, hcc: null };
    await api.app.get(TaskSubmission).submit(
      await userIdOf(api, api.admin),
      Array.from({ length: 300 }, () => task),
    );
    const worker = WorkerProcess.start(
      installation.environment,
      { CHAOS_TASK_MS: String(taskMs) },
      'compute-worker.ts',
    );
    await pollUntil('a running slice', async () => (await count('status = 1')) > 0, {
      deadlineMs: 60_000,
    });
    await worker.stop();
  };

  it('finishes running tasks', async () => {
    await interrupt(10);
    expect(await count('status = 1')).toBe(0);
    expect(await count('status = 0')).toBeGreaterThan(0);
    expect(await count('status = 0 AND attempts <> 1')).toBe(0);
    expect(await count('status = 3 AND attempts <> 0')).toBe(0);
  });

  it('requeues tasks that would take too long as if they had not started', async () => {
    await interrupt(200);
    expect(
      await count(
        `status = 3 AND attempts = 0 AND runToken IN ('${NO_TOKEN.queued}', '${NO_TOKEN.requeued}')`,
      ),
    ).toBe(300);
  });
});
