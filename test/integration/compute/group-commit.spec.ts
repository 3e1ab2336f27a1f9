import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { TASK_QUEUE } from '../../../src/compute/tasks/task.queue';
import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { useApp } from '../../support/app-with-admin';
import { submit, usedUnits, userIdOf } from '../../support/factories/compute';
import { signUpUser } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/query-counter';

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
  });
});

describe('submissions that share a transaction', () => {
  const sut = useApp({ ROLE: 'api' });
  const task = (pid: number) => ({ pid, ctdna: 209, cpg: 5, hcc: null });

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
