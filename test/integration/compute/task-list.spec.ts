import { MAX_COUNTED } from '../../../src/compute/history/record-filter';
import type { BatchDto, TaskDto } from '../../../src/compute/task-list/task-list.dto';
import { useApp } from '../../support/app-with-admin';
import { importCsv, submit, untilEnded, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

const UNKNOWN = '0'.repeat(32);
const sample = (pid: number) => ({ pid: String(pid), ctdna: 209, cpg: 5 });

describe('lists of tasks and batches', () => {
  const app = useApp();
  let user: SignedIn;
  let other: SignedIn;
  let batch: { ids: string[]; batch: string };
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
    other = await signUpUser(app, app.admin);
    const items = [1, 2, 3, 4, 5].map(sample);
    batch = succeeded(await user.http.post('/api/v1/compute/addBatch', { items })).body.data;
    await untilEnded(user, await submit(user, { pid: '2' }));
    await untilEnded(other, await submit(other));
    await pollUntil('the end of the batch', async () => (await batchOf(user)).finished);
  });

  const batchOf = async (who: SignedIn): Promise<BatchDto> =>
    succeeded(await who.http.get(`/api/v1/compute/batches/${batch.batch}`)).body.data;
  const list = async (query: string, who = user): Promise<{ total: number; items: TaskDto[] }> =>
    succeeded(await who.http.get(`/api/v1/compute/tasks?${query}`)).body.data;

  it('count the states of a batch, for its owner and for administrators', async () => {
    const expected = { id: batch.batch, total: 5, done: 5, queued: 0, terminated: 0 };
    for (const who of [user, app.admin]) expect(await batchOf(who)).toMatchObject(expected);
    expect((await other.http.get(`/api/v1/compute/batches/${batch.batch}`)).body.code).toBe(40300);
    expect((await user.http.get(`/api/v1/compute/batches/${UNKNOWN}`)).status).toBe(404);
  });

  it('show own tasks only, newest first, with their results', async () => {
    const { total, items } = await list('');
    expect(total).toBe(6);
    expect(items.map(({ pid }) => pid)).toEqual([2, 5, 4, 3, 2, 1]);
    expect(items[1]).toMatchObject({
      id: batch.ids[4],
      batch: batch.batch,
      status: 0,
      result: { task: batch.ids[4], pid: 5 },
    });
    expect(items[0]?.batch).toBeNull();
    expect((await list('page=2&limit=4')).items.map(({ pid }) => pid)).toEqual([2, 1]);
  });

  it.each([
    ['the batch', () => `batch=${batch.batch}`, 5],
    ['the state', () => 'status=0', 6],
    ['a state that none is in', () => 'status=3', 0],
    [
      'times that include them',
      () => 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00%2B08:00',
      6,
    ],
    ['times long ago', () => 'to=2020-01-01T00:00:00Z', 0],
    ['state, time and batch', () => `status=0&from=2020-01-01T00:00:00Z&batch=${batch.batch}`, 5],
  ])('are filtered by %s', async (_, query, count) => {
    const { total, items } = await list(query());
    expect([total, items.length]).toEqual([count, count]);
  });

  it('show another user’s tasks to administrators only', async () => {
    expect((await list(`uid=${user.uid}`, app.admin)).total).toBe(6);
    expect((await other.http.get(`/api/v1/compute/tasks?uid=${user.uid}`)).body.code).toBe(40300);
    expect((await list('', app.admin)).total).toBe(0);
  });

  it.each(['status=2', 'batch=x', 'from=yesterday', 'from=2026-13-40T00:00Z', 'pid=1', 'sort=pid'])(
    'refuse the filter %s',
    async (query) => {
      const answer = await user.http.get(`/api/v1/compute/tasks?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    },
  );

  it('count no further than a fixed number', async () => {
    const owner = await signUpUser(app, app.admin);
    await app.dataSource.query(
      `INSERT INTO compute_tasks (id, userId, pid, ctdna, cpg, status, createdAt)
       SELECT LPAD(HEX(seq), 32, 'c'), ?, 1, 1, 1, 4, UTC_TIMESTAMP(3) FROM seq_1_to_${MAX_COUNTED + 1}`,
      [await userIdOf(app, owner)],
    );
    expect((await list('limit=1', owner)).total).toBe(MAX_COUNTED);
  });
});

describe('filters of the history', () => {
  const app = useApp();
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
    const csv = [
      'pid,ctdna,cpg,hcc,time',
      '7,150,9,true,2026-01-01 08:00:00',
      '7,400,0,false,2026-01-02 08:00:00',
      '8,150,9,true,2026-01-03 08:00:00',
    ].join('\n');
    succeeded(await importCsv(app.admin, user.uid, `${csv}\n`));
    await untilEnded(user, await submit(user, { pid: '9' }));
  });

  it.each([
    ['', [9, 8, 7, 7]],
    ['pid=7', [7, 7]],
    ['pid=007&hcc=true', [7]],
    ['hcc=none', [9]],
    ['hcc=false', [7]],
    ['model=hcc-fragment-nb@1.0.0', [9, 8, 7, 7]],
    ['model=none@1.0.0', []],
    ['from=2026-01-02T08:00:00Z&to=2026-01-03T08:00:00Z', [7]],
    ['from=2026-01-03T16:00:00%2B08:00&to=2026-02-01T00:00:00Z', [8]],
    ['hcc_infer=true&to=2026-02-01T00:00:00Z', [8, 7]],
    ['hcc_infer=false', [7]],
    ['pid=7&limit=1&page=2', [7]],
  ])('select by %j', async (query, pids) => {
    const answer = succeeded(await user.http.get(`/api/v1/history/query/${user.uid}?${query}`));
    expect((answer.body.data as { pid: number }[]).map(({ pid }) => pid)).toEqual(pids);
    const total = query.includes('limit') ? 2 : pids.length;
    expect(answer.headers.get('x-total-count')).toBe(String(total));
  });

  it.each(['hcc=maybe', 'hcc_infer=1', 'from=x', 'model=%20', 'pid=-1'])(
    'refuse %s',
    async (query) => {
      const answer = await user.http.get(`/api/v1/history/query/${user.uid}?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    },
  );
});
