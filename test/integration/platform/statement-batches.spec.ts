import { StatementBatches } from '../../../src/platform/database/statement-batches';
import { startTestApp, type TestApp } from '../../support/test-app';

describe(StatementBatches.name, () => {
  let app: TestApp;
  let sut: StatementBatches;
  beforeAll(async () => {
    app = await startTestApp();
    sut = app.app.get(StatementBatches);
    await app.dataSource.query('CREATE TABLE note (id INT PRIMARY KEY, text VARCHAR(80))');
  });
  afterAll(() => app.close());

  const insert = (id: number, text: string) => ({
    sql: 'INSERT INTO note VALUES (?, ?)',
    values: [id, text],
  });
  const ids = async (): Promise<number[]> => {
    const rows: { id: number }[] = await app.dataSource.query('SELECT id FROM note ORDER BY id');
    return rows.map(({ id }) => id);
  };

  it('returns the result of each statement', async () => {
    const [written, rows] = await sut.run([insert(1, 'one'), { sql: 'SELECT text FROM note' }]);
    expect(written?.affectedRows).toBe(1);
    expect(rows).toEqual([{ text: 'one' }]);
  });

  it('keeps values from becoming statements', async () => {
    const text = `'; DELETE FROM note; -- \\'; DELETE FROM note`;
    await sut.run([insert(2, text)]);
    const [rows] = await sut.run([{ sql: 'SELECT text FROM note WHERE id = ?', values: [2] }]);
    expect(rows).toEqual([{ text }]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('commits all statements of a transaction or none', async () => {
    await sut.transaction(async (tx) => {
      await tx.send([insert(3, 'three')]);
      await tx.commit([insert(4, 'four')]);
    });
    const failing = sut.transaction(async (tx) => {
      await tx.send([insert(5, 'five')]);
      await tx.commit([insert(6, 'six'), insert(6, 'again')]);
    });
    await expect(failing).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(await ids()).toEqual([1, 2, 3, 4]);
  });

  it('rolls back what was not committed and keeps the connection usable', async () => {
    for (let i = 0; i < 10; i++) {
      await sut.transaction(async (tx) => {
        await tx.send([insert(7, 'seven')]);
      });
    }
    expect(await ids()).toEqual([1, 2, 3, 4]);
  });

  it('reruns a transaction after a deadlock', async () => {
    let runs = 0;
    const change = (id: number) => ({
      sql: `UPDATE note SET text = CONCAT(text, '.') WHERE id = ?`,
      values: [id],
    });
    const both = (first: number, second: number) =>
      sut.transaction(async (tx) => {
        runs += 1;
        await tx.send([change(first)]);
        await tx.commit([change(second)]);
      });
    const pairs = Array.from({ length: 15 }, () => [both(3, 4), both(4, 3)]).flat();
    await Promise.all(pairs);
    expect(runs).toBeGreaterThan(30); // opposite orders did deadlock, or the test proves nothing
    const [rows] = await sut.run([{ sql: 'SELECT text FROM note WHERE id > 2 ORDER BY id' }]);
    const dots = '.'.repeat(30);
    expect(rows).toEqual([{ text: `three${dots}` }, { text: `four${dots}` }]);
  });
});
