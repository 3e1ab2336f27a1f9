import type { TaskStatusDto } from '../../../src/compute/task.dto';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { submit, untilEnded, usedUnits, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';
import {
  createInstallation,
  startTestApp,
  type TestApp,
  type TestInstallation,
} from '../../support/test-app';

const fieldsOf = (answer: HttpAnswer): string[] =>
  (answer.body.details as { field: string }[]).map((problem) => problem.field);
const add = '/api/v1/compute/add';

describe('submitting computations', () => {
  let installation: TestInstallation;
  let sut: AppWithAdmin;
  let twin: TestApp;
  let user: SignedIn;
  beforeAll(async () => {
    installation = await createInstallation({ ROLE: 'api', TRUSTED_PROXIES: '127.0.0.1' });
    sut = await startAppWithAdmin({}, installation);
    twin = await startTestApp({}, installation);
    user = await signUpUser(sut, sut.admin);
  });
  afterAll(async () => {
    await twin.close();
    await sut.close();
    await installation.destroy();
  });

  const left = async (account: SignedIn, units: number): Promise<void> => {
    await sut.dataSource.query('UPDATE users SET computeQuota = ? WHERE uid = ?', [
      (await usedUnits(sut, account)) + units,
      account.uid,
    ]);
  };

  it.each([
    { pid: '2333', ctdna: '213', cpg: '4' }, // as in the document
    { pid: 2333, ctdna: 213, cpg: 4 },
    { pid: '0', ctdna: 1, cpg: 0 },
    { pid: '999999999999999', ctdna: 10_000, cpg: 1_000 },
    { pid: 999_999_999_999_999, ctdna: '1', cpg: '0' },
    { pid: '000000000000001', ctdna: 1, cpg: 1, hcc: true },
    { pid: '1', ctdna: 1, cpg: 1, hcc: null },
    { pid: '1', ctdna: 1, cpg: 1, hcc: 'false' },
  ])('accepts %j', async (body) => {
    const answer = succeeded(await user.http.post(add, body));
    expect(answer.body.data).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it.each<[string, object]>([
    ['pid', { pid: '1234567890123456', ctdna: 1, cpg: 1 }],
    ['pid', { pid: '', ctdna: 1, cpg: 1 }],
    ['pid', { pid: '-1', ctdna: 1, cpg: 1 }],
    ['pid', { pid: 1.5, ctdna: 1, cpg: 1 }],
    ['pid', { pid: 1e15, ctdna: 1, cpg: 1 }],
    ['pid', { pid: '１２', ctdna: 1, cpg: 1 }],
    ['pid', { pid: '1e2', ctdna: 1, cpg: 1 }],
    ['pid', { pid: null, ctdna: 1, cpg: 1 }],
    ['pid', { pid: ['1'], ctdna: 1, cpg: 1 }],
    ['pid', { ctdna: 1, cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: 0, cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: '0', cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: 10_001, cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: '10001', cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: '', cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: '1e2', cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: '0x10', cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: 1.5, cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: null, cpg: 1 }],
    ['ctdna', { pid: '1', ctdna: true, cpg: 1 }],
    ['cpg', { pid: '1', ctdna: 1, cpg: -1 }],
    ['cpg', { pid: '1', ctdna: 1, cpg: '-1' }],
    ['cpg', { pid: '1', ctdna: 1, cpg: 1_001 }],
    ['cpg', { pid: '1', ctdna: 1, cpg: '1001' }],
    ['cpg', { pid: '1', ctdna: 1, cpg: 'abc' }],
    ['cpg', { pid: '1', ctdna: 1 }],
    ['hcc', { pid: '1', ctdna: 1, cpg: 1, hcc: 1 }],
    ['hcc', { pid: '1', ctdna: 1, cpg: 1, hcc: 'yes' }],
    ['extra', { pid: '1', ctdna: 1, cpg: 1, extra: 1 }],
  ])('refuses a bad %s: %j', async (field, body) => {
    const answer = await user.http.post(add, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 30001, details: [{ field }] });
  });

  it.each(['[]', '7', '"x"', 'null', '{', ''])('refuses the body %j', async (body) => {
    const answer = await user.http
      .with({ 'content-type': 'application/json' })
      .send('POST', add, body);
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
  });

  it('refuses a body of CSV here', async () => {
    const answer = await user.http.with({ 'content-type': 'text/csv' }).send('POST', add, 'a,b');
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
  });

  describe('as a batch', () => {
    const row = { pid: '1', ctdna: 100, cpg: 2 };
    const batch = '/api/v1/compute/addBatch';

    it('returns the ids in order', async () => {
      const items = Array.from({ length: 1000 }, (_, i) => ({ ...row, pid: String(i) }));
      const { ids } = succeeded(await sut.admin.http.post(batch, { items })).body.data;
      const rows = await sut.dataSource.query(
        'SELECT id FROM compute_tasks WHERE userId = ? ORDER BY pid',
        [await userIdOf(sut, sut.admin)],
      );
      expect(ids).toEqual((rows as { id: string }[]).map((r) => r.id));
    });

    it('rejects the batch when one row is invalid, and names it', async () => {
      const before = await usedUnits(sut, user);
      const items = [row, row, { ...row, ctdna: 0 }, { ...row, cpg: 'x', pid: '' }];
      const answer = await user.http.post(batch, { items });
      expect(answer.body.code).toBe(30001);
      expect(fieldsOf(answer).sort()).toEqual(['items.2.ctdna', 'items.3.cpg', 'items.3.pid']);
      expect(await usedUnits(sut, user)).toBe(before);
    });

    it.each<[string, unknown]>([
      ['items.1', [row, null]],
      ['items.1', [row, 7]],
      ['items.0', ['x']],
      ['items.0', [[row]]],
      ['items', []],
      ['items', row],
      ['items', null],
      ['items', Array.from({ length: 1001 }, () => row)],
    ])('rejects an item that is no row and names %s', async (field, items) => {
      const answer = await user.http.post(batch, { items });
      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe(30001);
      expect(fieldsOf(answer)).toEqual([field]);
    });

    it('checks the quota for the whole batch', async () => {
      const one = await signUpUser(sut, sut.admin);
      await left(one, 5);
      const answer = await one.http.post(batch, { items: Array.from({ length: 6 }, () => row) });
      expect([answer.status, answer.body.code]).toEqual([429, 40305]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await usedUnits(sut, one)).toBe(0);
      succeeded(await one.http.post(batch, { items: Array.from({ length: 5 }, () => row) }));
      expect((await one.http.post(add, row)).body.code).toBe(40305);
    });
  });

  it('accepts exactly 100 of 300 concurrent submissions to two nodes when 100 units are left', async () => {
    const one = await signUpUser(sut, sut.admin);
    await left(one, 100);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        (i % 2 ? one.http : twin.http.as(one.accessToken)).post(add, {
          pid: '1',
          ctdna: 100,
          cpg: 2,
        }),
      ),
    );
    const codes = answers.map((a) => a.body.code as number);
    process.stdout.write(
      `300 submissions on 100 units: ${codes.filter((c) => c === 20000).length} accepted, ` +
        `${codes.filter((c) => c === 40305).length} refused, ${Math.round(performance.now() - started)} ms\n`,
    );
    expect(codes.filter((c) => c === 20000)).toHaveLength(100);
    expect(codes.filter((c) => c === 40305)).toHaveLength(200);
    const [row] = await sut.dataSource.query(
      'SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM compute_tasks WHERE userId = ?',
      [await userIdOf(sut, one)],
    );
    expect([Number(row.n), Number(row.ids), await usedUnits(sut, one)]).toEqual([100, 100, 100]);
  });

  it('does not limit an administrator', async () => {
    await sut.dataSource.query('UPDATE users SET computeQuota = 0 WHERE uid = ?', [sut.admin.uid]);
    succeeded(await sut.admin.http.post(add, { pid: '1', ctdna: 1, cpg: 1 }));
  });

  it('resets the units each UTC day', async () => {
    const one = await signUpUser(sut, sut.admin);
    await left(one, 1);
    await submit(one);
    expect((await one.http.post(add, { pid: '1', ctdna: 1, cpg: 1 })).body.code).toBe(40305);
    await sut.dataSource.query(
      'UPDATE compute_quotas SET day = day - INTERVAL 1 DAY WHERE userId = ?',
      [await userIdOf(sut, one)],
    );
    await submit(one);
  });

  it('checks the token first, then the compute ban, then the quota', async () => {
    const one = await signUpUser(sut, sut.admin);
    await left(one, 0);
    const row = { pid: '1', ctdna: 1, cpg: 1 };
    expect((await sut.http.post(add, row)).body.code).toBe(40000);
    expect((await sut.http.as('nonsense').post(add, row)).body.code).toBe(40002);
    expect((await one.http.post(add, row)).body.code).toBe(40305);
    // In the database alone, past the guard's snapshot: the transaction itself looks once more.
    await sut.dataSource.query('UPDATE users SET status = 3 WHERE uid = ?', [one.uid]);
    expect((await one.http.post(add, row)).body).toMatchObject({ code: 40304 });
    // Banned from computing is not banned from looking.
    succeeded(await one.http.get(`/api/v1/history/query/${one.uid}`));
  });

  it('checks in the documented order: token, address ban, compute ban, quota', async () => {
    const one = await signUpUser(sut, sut.admin);
    const row = { pid: '1', ctdna: 1, cpg: 1 };
    await left(one, 0);
    const from = (address: string, who = one.http) =>
      who.with({ 'x-forwarded-for': address }).post(add, row);
    const ban = succeeded(
      await sut.admin.http.post('/api/v1/user/admin/bannedIp', {
        address: '203.0.113.0/24',
        reason: 'test',
      }),
    ).body.data as { id: number };
    succeeded(await sut.admin.http.post(`/api/v1/user/admin/modifyStatus/${one.uid}?status=3`));
    expect((await from('203.0.113.9', sut.http)).body.code).toBe(40000);
    const byAddress = await from('203.0.113.9');
    expect([byAddress.status, byAddress.body.code]).toEqual([403, 40303]);
    const byUser = await from('198.51.100.1');
    expect([byUser.status, byUser.body.code]).toEqual([403, 40304]);
    succeeded(await sut.admin.http.post(`/api/v1/user/admin/modifyStatus/${one.uid}?status=0`));
    const byQuota = await from('198.51.100.1');
    expect([byQuota.status, byQuota.body.code]).toEqual([429, 40305]);
    expect((await from('203.0.113.9')).body.code).toBe(40303);
    succeeded(await sut.admin.http.delete(`/api/v1/user/admin/bannedIp/${ban.id}`));
    expect((await from('203.0.113.9')).body.code).toBe(40305);
  });

  it('accepts tasks without a worker and refunds the unit of a task cancelled in time', async () => {
    const one = await signUpUser(sut, sut.admin);
    const [first, second] = [await submit(one), await submit(one)];
    const status = async (id: string): Promise<TaskStatusDto> =>
      succeeded(await one.http.get(`/api/v1/compute/status/${id}`)).body.data as TaskStatusDto;
    expect(await status(first)).toMatchObject({ id: first, status: 3, position: 1, result: null });
    expect((await status(second)).position).toBeGreaterThanOrEqual(2);
    expect(await usedUnits(sut, one)).toBe(2);
    const cancel = () => one.http.post(`/api/v1/compute/cancel/${first}`);
    expect(succeeded(await cancel()).body.data).toMatchObject({ status: 4, failure: 'cancelled' });
    succeeded(await cancel());
    expect(await usedUnits(sut, one)).toBe(1);
    expect(await untilEnded(one, first)).toMatchObject({ status: 4, result: null });
  });

  it.each(['status', 'cancel'])('does not let a user %s the task of another', async (call) => {
    const one = await signUpUser(sut, sut.admin);
    const id = await submit(one);
    const send = (who: SignedIn, tid: string) =>
      who.http.send(call === 'status' ? 'GET' : 'POST', `/api/v1/compute/${call}/${tid}`);
    const foreign = await send(user, id);
    expect([foreign.status, foreign.body.code]).toEqual([403, 40300]);
    const unknown = await send(one, '0'.repeat(32));
    expect([unknown.status, unknown.body.code]).toEqual([404, 30000]);
    for (const bad of ['x', '0'.repeat(31), `${'0'.repeat(31)}g`, "'--"]) {
      expect((await send(one, encodeURIComponent(bad))).body.code).toBe(30001);
    }
    succeeded(await send(sut.admin, id));
  });
});
