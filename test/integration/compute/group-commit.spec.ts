import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { TASK_QUEUE } from '../../../src/compute/tasks/task.queue';
import { TaskDispatcher } from '../../../src/compute/tasks/task-dispatcher';
import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { useApp } from '../../support/app-with-admin';
import { submit, untilEnded, usedUnits, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/measures/query-counter';

const task = (pid: number) => ({ pid, ctdna: 209, cpg: 5, hcc: null });

describe('tasks of the leading process', () => {
  const sut = useApp({ ROLE: 'all' });

  it('are carried out there without the queue', async () => {
    const user = await signUpUser(sut, sut.admin);
    await sut.app.get<Queue>(getQueueToken(TASK_QUEUE)).pause();
    const ids: string[] = [];
    await pollUntil('a task to be done', async () => {
      ids.push(await submit(user));
      const [row] = await sut.dataSource.query<{ done: string }[]>(
        'SELECT COUNT(*) AS done FROM compute_tasks WHERE id IN (?) AND status = 0',
        [ids],
      );
      return Number(row!.done) > 0;
    });
    await sut.app.get<Queue>(getQueueToken(TASK_QUEUE)).resume();
  });

  const statusOf = async (id: string): Promise<number> => {
    const [row] = await sut.dataSource.query<{ status: number }[]>(
      'SELECT status FROM compute_tasks WHERE id = ?',
      [id],
    );
    return row!.status;
  };
  /** Until this process leads and has seen that no task waits. */
  const untilNothingWaits = () =>
    pollUntil('an empty queue', () => sut.app.get(TaskDispatcher).nothingWaits, { everyMs: 5 });

  it('are done, with their record and both events, in the one commit that accepts them', async () => {
    const user = await signUpUser(sut, sut.admin);
    const id = await userIdOf(sut, user);
    await untilNothingWaits();
    let ids: string[] = [];
    const queries = await queriesDuring(sut.dataSource, async () => {
      ids = await sut.app.get(TaskSubmission).submit(id, [task(1), task(2)]);
    });
    expect(queries.filter((query) => query === 'COMMIT')).toHaveLength(1);
    expect([await statusOf(ids[0]!), await statusOf(ids[1]!)]).toEqual([0, 0]);
    expect(await untilEnded(user, ids[0]!)).toMatchObject({ status: 0, result: { task: ids[0] } });
    const events = await sut.dataSource.query<{ status: number; tasks: string }[]>(
      'SELECT status, tasks FROM compute_task_events WHERE userId = ? ORDER BY id',
      [id],
    );
    expect(events).toEqual([3, 0].map((status) => ({ status, tasks: ids.join(',') })));
    const history = succeeded(await user.http.get(`/api/v1/history/query/${user.uid}`));
    expect(history.headers.get('x-total-count')).toBe('2');
    expect(await usedUnits(sut, user)).toBe(2);
  });

  it('are accepted and left to the workers when their record is refused', async () => {
    const user = await signUpUser(sut, sut.admin);
    await sut.dataSource.query(
      `CREATE TRIGGER refuse_14 BEFORE INSERT ON compute_records FOR EACH ROW
       IF NEW.pid = 14 THEN SIGNAL SQLSTATE '45000'; END IF`,
    );
    try {
      await untilNothingWaits();
      const id = await submit(user, { pid: '14' });
      expect([1, 3]).toContain(await statusOf(id));
      expect(await usedUnits(sut, user)).toBe(1);
    } finally {
      await sut.dataSource.query('DROP TRIGGER refuse_14');
    }
  });

  it('wait their turn where others may be waiting', async () => {
    const user = await signUpUser(sut, sut.admin);
    const id = await userIdOf(sut, user);
    let ids: string[] = [];
    const queries = await queriesDuring(sut.dataSource, async () => {
      sut.app.get(TaskDispatcher).wakeNow(); // as when another process accepts tasks
      ids = await sut.app.get(TaskSubmission).submit(id, [task(1)]);
    });
    const insert = queries.find((query) => query.startsWith('INSERT INTO compute_tasks'));
    expect(insert).not.toContain('endedAt');
    expect(await untilEnded(user, ids[0]!)).toMatchObject({ status: 0 });
  });
});

describe('submissions that share a transaction', () => {
  const sut = useApp({ ROLE: 'api' });

  it('cost one commit together', async () => {
    const user = await userIdOf(sut, await signUpUser(sut, sut.admin));
    const submission = sut.app.get(TaskSubmission);
    const queries = await queriesDuring(sut.dataSource, () =>
      Promise.all(Array.from({ length: 100 }, () => submission.submit(user, [task(1)]))),
    );
    const commits = queries.filter((query) => query === 'COMMIT');
    expect(commits).toHaveLength(1);
  });

  it('fail alone when the database refuses one of them', async () => {
    const user = await signUpUser(sut, sut.admin);
    const id = await userIdOf(sut, user);
    const submission = sut.app.get(TaskSubmission);
    await sut.dataSource.query(
      `CREATE TRIGGER refuse_13 BEFORE INSERT ON compute_tasks FOR EACH ROW
       IF NEW.pid = 13 THEN SIGNAL SQLSTATE '45000'; END IF`,
    );
    try {
      const pids = [1, 2, 13, 3, 4];
      const outcomes = await Promise.allSettled(
        pids.map((pid) => submission.submit(id, [task(pid)])),
      );
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
        pids.map((pid) => pid !== 13),
      );
      expect(await usedUnits(sut, user)).toBe(4);
    } finally {
      await sut.dataSource.query('DROP TRIGGER refuse_13');
    }
  });
});
