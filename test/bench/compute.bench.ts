import { Readable } from 'node:stream';
import type { CurrentUser } from '../../src/http/access/current-user';
import { HistoryService } from '../../src/compute/history/history.service';
import { ImportService } from '../../src/compute/imports/import.service';
import { ModelTraining } from '../../src/compute/models/model-training';
import { StatsService } from '../../src/compute/stats/stats.service';
import { TaskBacklog } from '../../src/compute/tasks/task-backlog';
import { TaskSubmission } from '../../src/compute/tasks/task-submission';
import { useApp } from '../support/app-with-admin';
import { defaultModel, userIdOf } from '../support/factories/compute';
import { signUpUser, type SignedIn } from '../support/factories/users';
import { pollUntil } from '../support/poll-until';
import { startTestApp } from '../support/test-app';

const million = 1_000_000;
const say = (line: string): void => void process.stderr.write(`[bench] ${line}\n`);

/** Measures the compute service with a million records and prints the query plans it lives on. */
describe('compute with 1,000,000 records', () => {
  const sut = useApp({ ROLE: 'api' });
  let user: SignedIn;
  let as: CurrentUser;
  beforeAll(async () => {
    user = await signUpUser(sut, sut.admin);
    as = { ...user, userId: await userIdOf(sut, user), status: 0, sid: '' };
    await measured('loading 1,000,000 records and 200,000 queued tasks', async () => {
      // Nine of ten records are this user's, half of all are confirmed.
      await sut.dataSource.query(
        `INSERT INTO compute_records (task, userId, pid, ctdna, cpg, hcc, hccInfer, probability,
           extrapolated, modelId, modelChecksum, createdAt)
         SELECT MD5(seq), IF(seq % 10 = 0, 999, ?), seq % 5000, 100 + seq % 220, seq % 6,
           ELT(1 + seq % 4, NULL, 1, NULL, 0), seq % 2, (seq % 1000) / 1000, 0, ?, SHA2('x', 256),
           '2026-01-01' + INTERVAL seq DIV 3 SECOND
         FROM seq_1_to_${million}`,
        [as.userId, defaultModel],
      );
      await sut.dataSource.query(
        `INSERT INTO users (id, uid, name, nameKey, nameSkeleton, passwordHash, createdAt)
         SELECT seq, UUID(), seq, seq, seq, '-', UTC_TIMESTAMP(3) FROM seq_1000_to_1049`,
      );
      await sut.dataSource.query(
        `INSERT INTO compute_tasks (id, userId, pid, ctdna, cpg, status, createdAt)
         SELECT MD5(CONCAT('t', seq)), 1000 + seq % 50, 1, 200, 5, 3, UTC_TIMESTAMP(3)
         FROM seq_1_to_200000`,
      );
      await sut.dataSource.query('ANALYZE TABLE compute_records, compute_tasks');
    });
  }, 600_000);

  /** Runs the work, prints its time, and the plan of every SELECT that it sent. */
  async function measured<T>(title: string, work: () => Promise<T>): Promise<T> {
    const sent: { sql: string; values: unknown[] }[] = [];
    const { dataSource } = sut;
    const query = dataSource.query.bind(dataSource);
    dataSource.query = ((sql: string, values: unknown[] = []) => {
      if (/^\s*\(?SELECT/i.test(sql)) sent.push({ sql, values });
      return query(sql, values);
    }) as typeof dataSource.query;
    const started = performance.now();
    const result = await work().finally(() => (dataSource.query = query));
    say(`${title}: ${(performance.now() - started).toFixed(0)} ms`);
    for (const { sql, values } of new Map(sent.map((one) => [one.sql, one])).values()) {
      const plan = await query<Record<string, unknown>[]>(`EXPLAIN ${sql}`, values);
      const first = plan[0] ?? {};
      const text = sql.replace(/\s+/g, ' ').slice(0, 110);
      say(`    ${text} …: ${String(first['type'])} on ${String(first['key'])}, ` + `${String(first['rows'])} rows, ${String(first['Extra'])}`); // prettier-ignore
    }
    return result;
  }

  it('reads pages in the right order with the right total', async () => {
    const history = sut.app.get(HistoryService);
    const first = await measured('first page', () => history.page(as, user.uid, { limit: 20 }));
    expect(first.total).toBe((million / 10) * 9);
    expect(first.records).toHaveLength(20);
    const deep = await measured('page 40,000', () =>
      history.page(as, user.uid, { limit: 20, page: 40_000 }),
    );
    const [expected] = await sut.dataSource.query<{ id: string }[]>(
      `SELECT id FROM compute_records WHERE userId = ?
       ORDER BY createdAt DESC, id DESC LIMIT 1 OFFSET 799980`,
      [as.userId],
    );
    expect(String(deep.records[0]!.id)).toBe(expected!.id);
  }, 120_000);

  it('exports all records', async () => {
    const chunks = await sut.app.get(HistoryService).export(as, user.uid);
    let count = 0;
    const ids = new Set<number>();
    await measured('export of 900,000 records (reading)', async () => {
      for await (const records of chunks) {
        count += records.length;
        for (const record of records) ids.add(record.id);
      }
    });
    expect([count, ids.size]).toEqual([900_000, 900_000]);
  }, 300_000);

  it('computes statistics and trains', async () => {
    const stats = sut.app.get(StatsService);
    const { models } = await measured('statistics over all users', () =>
      stats.stats({ ...as, role: 1 }, {}, 'en'),
    );
    expect(models[0]!.records).toBe(million / 2);
    await measured('statistics of one user', () => stats.stats(as, {}, 'en'));
    await measured('training on 500,000 confirmed records', () =>
      sut.app.get(ModelTraining).train(1),
    );
  }, 300_000);

  it('claims and finishes tasks', async () => {
    const backlog = sut.app.get(TaskBacklog);
    const slice = await measured('a slice of 100 from 200,000 queued tasks of 50 users', () =>
      backlog.next(100),
    );
    expect(slice).toHaveLength(100);
    await measured('position of a queued task', () => backlog.position(1001, 150_000));
    const submission = sut.app.get(TaskSubmission);
    await sut.dataSource.query('UPDATE users SET computeQuota = 1000000');
    const task = { pid: 1, ctdna: 209, cpg: 5, hcc: null };
    await measured('2,000 single submissions, 200 at a time', async () => {
      const lanes = Array.from({ length: 200 }, async () => {
        for (let i = 0; i < 10; i++) await submission.submit(as.userId, [task]);
      });
      await Promise.all(lanes);
    });
  }, 120_000);

  it('imports two million lines', async () => {
    function* file(): Generator<Buffer> {
      yield Buffer.from('pid,ctdna,cpg,hcc,time\n');
      const block = Array.from({ length: 10_000 }, (_, i) => `${i},${100 + (i % 200)},${i % 6},${i % 2},2026-01-01 08:00:00`); // prettier-ignore
      for (let i = 0; i < 200; i++) yield Buffer.from(`${block.join('\n')}\n`);
    }
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(
      () => (most = Math.max(most, process.memoryUsage().rss - before)),
      500,
    );
    const report = await measured('import of 2,000,000 lines', () =>
      sut.app.get(ImportService).import(as, user.uid, Readable.from(file()), false, '127.0.0.1'),
    );
    clearInterval(watch);
    say(`    memory at most +${(most / 1e6).toFixed(0)} MB`);
    expect(report).toMatchObject({ accepted: 2_000_000, rejected: 0 });
  }, 900_000);

  it('computes predictions', async () => {
    await sut.dataSource.query('DELETE FROM compute_tasks');
    const before = await sut.dataSource.query<{ n: string }[]>('SELECT COUNT(*) AS n FROM compute_records'); // prettier-ignore
    const submission = sut.app.get(TaskSubmission);
    const task = { pid: 1, ctdna: 209, cpg: 5, hcc: null };
    for (let i = 0; i < 20; i++) {
      await submission.submit(
        as.userId,
        Array.from({ length: 1_000 }, () => task),
      );
    }
    const worker = await startTestApp({ ROLE: 'worker' }, { environment: sut.environment, destroy: async () => undefined }); // prettier-ignore
    const started = performance.now();
    await pollUntil(
      '20,000 records',
      async () => {
        const [row] = await sut.dataSource.query<{ n: string }[]>('SELECT COUNT(*) AS n FROM compute_tasks WHERE status = 0'); // prettier-ignore
        return Number(row?.n) === 20_000;
      },
      { deadlineMs: 300_000 },
    );
    const seconds = (performance.now() - started) / 1000;
    await worker.close();
    say(`computing 20,000 tasks with one worker beside ${before[0]?.n} records: ${seconds.toFixed(1)} s`); // prettier-ignore
  }, 400_000);
});
