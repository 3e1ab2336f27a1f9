import { TaskCancellation } from '../../../src/compute/tasks/task-cancellation';
import { TaskClaims, type Claim } from '../../../src/compute/tasks/task-claims';
import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { useApp } from '../../support/app-with-admin';

/** Bytes of the columns that change; NULL takes none. */
const SIZE = `(COALESCE(LENGTH(runToken), 0) + COALESCE(LENGTH(failure), 0) + IF(leaseUntil IS NULL, 0, 7)
  + IF(startedAt IS NULL, 0, 7) + IF(endedAt IS NULL, 0, 7) + IF(rerunGuard IS NULL, 0, 8))`;

// On a full disk MariaDB 10.11 may lose a row that an update lets grow, or crash on taking the update back.
describe('the row of a task', () => {
  const sut = useApp({ ROLE: 'api', COMPUTE_LEASE_SECONDS: '1' });
  let ids: string[];
  let size: number;

  beforeEach(async () => {
    const [admin] = await sut.dataSource.query<{ id: string }[]>('SELECT MIN(id) AS id FROM users');
    const task = { pid: 1, ctdna: 209, cpg: 5, hcc: null };
    const submitted = await sut.app.get(TaskSubmission).submit(
      Number(admin!.id),
      Array.from({ length: 300 }, () => task),
    );
    ids = submitted.slice(0, 5);
    size = Infinity;
    await expectNotGrown();
  });

  const claims = (): TaskClaims => sut.app.get(TaskClaims);
  const claim = async (): Promise<Claim> => {
    const claimed = await claims().claim(ids);
    expect(claimed.tasks).toHaveLength(ids.length);
    await expectNotGrown();
    return claimed;
  };
  const expectNotGrown = async (): Promise<void> => {
    const rows = await sut.dataSource.query<{ size: string }[]>(
      `SELECT ${SIZE} AS size FROM compute_tasks WHERE id IN (?)`,
      [ids],
    );
    const largest = Math.max(...rows.map((row) => Number(row.size)));
    expect(largest).toBeLessThanOrEqual(size);
    size = largest;
  };

  it('does not grow when it is claimed, released, claimed again and fails', async () => {
    const { token } = await claim();
    await claims().release([token]);
    await expectNotGrown();
    const again = await claim();
    await claims().finish(again.token, [], again.tasks.map((task) => ({ task, failure: 'deleted' }))); // prettier-ignore
    await expectNotGrown();
  });

  it('does not grow when its lease ends and it is requeued and cancelled', async () => {
    await claim();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await claims().sweep()).toMatchObject({ requeued: ids.length });
    await expectNotGrown();
    for (const id of ids) await sut.app.get(TaskCancellation).cancel(id);
    await expectNotGrown();
  });
});
