import type { DataSource } from 'typeorm';
import { TaskBacklog } from '../../../src/compute/tasks/task-backlog';
import { useApp } from '../../support/app-with-admin';

const USERS = 50;
const QUEUED = 50_000;

describe('the backlog of queued tasks', () => {
  const sut = useApp({ ROLE: 'api' });

  it('reads no more tasks for long queues than for short ones', async () => {
    await sut.dataSource.query(
      `INSERT INTO users (id, uid, name, nameKey, nameSkeleton, passwordHash, createdAt)
       SELECT 1000 + seq, UUID(), seq, seq, seq, '-', UTC_TIMESTAMP(3) FROM seq_1_to_${USERS}`,
    );
    await sut.dataSource.query(
      `INSERT INTO compute_tasks (id, userId, pid, ctdna, cpg, status, createdAt)
       SELECT MD5(CONCAT('backlog', seq)), 1001 + seq % ${USERS}, 1, 209, 5, 3, UTC_TIMESTAMP(3)
       FROM seq_1_to_${QUEUED}`,
    );
    await sut.dataSource.query('ANALYZE TABLE compute_tasks');
    const runner = sut.dataSource.createQueryRunner();
    const query = (sql: string, values?: unknown[]): Promise<unknown> => runner.query(sql, values);
    const rowsRead = async (): Promise<number> => {
      const sql = `SHOW SESSION STATUS LIKE 'Handler_read%'`;
      const counters = (await query(sql)) as { Value: string }[];
      return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    try {
      const backlog = new TaskBacklog({ query } as unknown as DataSource);
      const before = await rowsRead();
      expect(await backlog.next(100)).toHaveLength(100);
      // Twenty of each user, and sorting them.
      expect((await rowsRead()) - before).toBeLessThan(QUEUED / 10);
    } finally {
      await runner.release();
    }
  });
});
