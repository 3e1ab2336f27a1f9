import { startTestApp, type TestApp } from '../../support/test-app';
import { runInTransaction } from '../../../src/platform/database/run-in-transaction';

describe(runInTransaction.name, () => {
  let sut: TestApp;
  beforeAll(async () => {
    sut = await startTestApp();
    await sut.dataSource.query('CREATE TABLE counter (id INT PRIMARY KEY, n INT NOT NULL)');
    await sut.dataSource.query('INSERT INTO counter VALUES (1, 0), (2, 0)');
  });
  afterAll(() => sut.close());

  it('reruns the whole callback after a deadlock', async () => {
    let runs = 0;
    const bump = (first: number, second: number) =>
      runInTransaction(sut.dataSource, async (tx) => {
        runs += 1;
        await tx.query('UPDATE counter SET n = n + 1 WHERE id = ?', [first]);
        await tx.query('UPDATE counter SET n = n + 1 WHERE id = ?', [second]);
      });
    const pairs = Array.from({ length: 15 }, () => [bump(1, 2), bump(2, 1)]).flat();
    await Promise.all(pairs);
    const rows: { n: number }[] = await sut.dataSource.query('SELECT n FROM counter ORDER BY id');
    expect(rows.map((row) => row.n)).toEqual([30, 30]);
    expect(runs).toBeGreaterThan(30); // opposite orders did deadlock, or the test proves nothing
  });

  it('rolls back a callback that throws', async () => {
    await expect(
      runInTransaction(sut.dataSource, async (tx) => {
        await tx.query('UPDATE counter SET n = 0');
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    const [row]: { n: number }[] = await sut.dataSource.query('SELECT n FROM counter WHERE id = 1');
    expect(row?.n).toBe(30);
  });
});
