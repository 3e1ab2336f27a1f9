import type { RecordDto } from '../../../src/compute/history/record.dto';
import { useApp } from '../../support/app-with-admin';
import { submit, untilEnded, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';

const recordsIn = (answer: HttpAnswer): RecordDto[] => succeeded(answer).body.data as RecordDto[];

describe('the history', () => {
  const sut = useApp({ TZ_DISPLAY: 'Asia/Shanghai' });
  let user: SignedIn;
  let other: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(sut, sut.admin);
    other = await signUpUser(sut, sut.admin);
    // 45 records, two a second, so that order depends on the id as well.
    await sut.dataSource.query(
      `INSERT INTO compute_records (userId, pid, ctdna, cpg, hccInfer, probability, extrapolated,
         modelId, modelChecksum, createdAt)
       SELECT ?, seq, 100 + seq, 3, seq % 2, seq / 100, 0, 'hcc-fragment-nb@1.0.0', 'x',
         '2026-01-01 20:00:00' + INTERVAL (seq DIV 2) SECOND
       FROM seq_1_to_45 ORDER BY RAND(1)`,
      [await userIdOf(sut, user)],
    );
  });

  const query = (who: SignedIn, parameters = '', uid = user.uid): Promise<HttpAnswer> =>
    who.http.get(`/api/v1/history/query/${uid}${parameters}`);
  const allIds = async (): Promise<number[]> =>
    recordsIn(await query(user, '?limit=500')).map((r) => r.id);

  it('returns the documented fields, newest first, with the total in a header', async () => {
    const answer = await query(user);
    const records = recordsIn(answer);
    expect(answer.headers.get('x-total-count')).toBe('45');
    expect(records).toHaveLength(20);
    expect(records[0]).toEqual({
      id: expect.any(Number),
      pid: expect.any(Number),
      ctdna: expect.any(Number),
      cpg: 3,
      hcc: null,
      hcc_infer: expect.any(Boolean),
      time: '2026-01-02 04:00:22',
      probability: expect.any(Number),
      extrapolated: false,
      model: 'hcc-fragment-nb@1.0.0',
      checksum: 'x',
      task: null,
      rerun_of: null,
    });
    const sorted = [...records].sort((a, b) =>
      a.time < b.time ? 1 : a.time > b.time ? -1 : b.id - a.id,
    );
    expect(records).toEqual(sorted);
  });

  it('pages without gap or overlap; offset takes precedence over page', async () => {
    const all = await allIds();
    const pages: number[] = [];
    for (let page = 1; page <= 6; page++) {
      pages.push(...recordsIn(await query(user, `?page=${page}&limit=10`)).map((r) => r.id));
    }
    expect(pages).toEqual(all);
    const ids = recordsIn(await query(user, '?offset=20&limit=10&page=1')).map((r) => r.id);
    expect(ids).toEqual(all.slice(20, 30));
    const first = recordsIn(await query(user, '?offset=0&limit=10&page=3')).map((r) => r.id);
    expect(first).toEqual(all.slice(0, 10));
    expect(recordsIn(await query(user, '?page=1000000000&limit=500'))).toEqual([]);
  });

  it.each([
    'page=0',
    'page=-1',
    'page=x',
    'limit=0',
    'limit=501',
    'offset=-1',
    'offset=1.5',
    'sort=id',
    'limit=1&limit=2',
  ])('refuses ?%s', async (parameters) => {
    const answer = await query(user, `?${parameters}`);
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
  });

  it('shows users their own records and administrators all records', async () => {
    const foreign = await query(other);
    expect([foreign.status, foreign.body.code]).toEqual([403, 40300]);
    expect(recordsIn(await query(sut.admin, '?limit=500'))).toHaveLength(45);
    const unknown = await query(sut.admin, '', '00000000-0000-0000-0000-000000000000');
    expect([unknown.status, unknown.body.code]).toEqual([404, 30000]);
    expect((await query(other, '', '00000000-0000-0000-0000-000000000000')).body.code).toBe(40300);
    expect((await query(user, '', 'x')).body.code).toBe(30001);
    expect((await sut.http.get(`/api/v1/history/query/${user.uid}`)).body.code).toBe(40000);
    expect(recordsIn(await query(user, '', user.uid.toUpperCase()))).toHaveLength(20);
  });

  it('exports all records as CSV that a spreadsheet reads as text and numbers', async () => {
    const answer = await user.http.get(`/api/v1/history/export/${user.uid}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    const lines = (answer.body as string).trim().split('\r\n');
    expect(lines[0]).toMatch(/^pid,ctdna,cpg,hcc,time,id,hcc_infer,probability/);
    expect(lines).toHaveLength(46);
    expect(lines.slice(1).map((line) => Number(line.split(',')[5]))).toEqual(await allIds());
    expect((await other.http.get(`/api/v1/history/export/${user.uid}`)).body.code).toBe(40300);
    const empty = await other.http.get(`/api/v1/history/export/${other.uid}`);
    expect((empty.body as string).trim().split('\r\n')).toHaveLength(1);
  });

  it('confirms a diagnosis, for the owner and for administrators', async () => {
    const [rid] = await allIds();
    const confirm = (who: SignedIn, parameters: string, id: string | number = rid!) =>
      who.http.post(`/api/v1/history/confirm/${id}${parameters}`);
    expect(succeeded(await confirm(user, '?hcc=true')).body.data).toMatchObject({
      id: rid,
      hcc: true,
    });
    expect(succeeded(await confirm(sut.admin, '?hcc=false')).body.data).toMatchObject({
      hcc: false,
    });
    expect((await confirm(other, '?hcc=true')).body.code).toBe(40300);
    for (const bad of ['', '?hcc=', '?hcc=1', '?hcc=TRUE', '?hcc=null']) {
      expect((await confirm(user, bad)).body.code).toBe(30001);
    }
    expect((await confirm(user, '?hcc=true', 99_999_999)).status).toBe(404);
    expect((await confirm(user, '?hcc=true', 'x')).body.code).toBe(30001);
    expect((await confirm(user, '?hcc=true', 0)).body.code).toBe(30001);
    expect(recordsIn(await query(user, '?limit=1'))[0]).toMatchObject({ hcc: false });
  });

  it('deletes once by DELETE or GET, and not for a prefetch', async () => {
    const before = await allIds();
    const [first, second, third] = before;
    const path = (id: unknown): string => `/api/v1/history/delete/${String(id)}`;
    expect((await other.http.delete(path(first))).body.code).toBe(40300);
    const prefetch = await user.http.with({ 'sec-purpose': 'prefetch' }).get(path(first));
    expect(prefetch.body.code).toBe(30000);
    expect(await allIds()).toEqual(before);
    expect(succeeded(await user.http.delete(path(first))).body.data).toBeNull();
    const byGet = succeeded(await user.http.get(path(second)));
    expect(byGet.headers.get('cache-control')).toContain('no-store');
    succeeded(await sut.admin.http.delete(path(third)));
    for (const id of [first, second, third]) {
      expect((await user.http.delete(path(id))).status).toBe(404);
    }
    expect(await allIds()).toEqual(before.slice(3));
    for (const bad of ['0', '-1', 'x', '1.5', '9007199254740993']) {
      expect((await user.http.delete(path(bad))).body.code).toBe(30001);
    }
  });

  it('keeps the task of a deleted record, without a result', async () => {
    const id = await submit(other);
    const { result } = await untilEnded(other, id);
    expect(result!.task).toBe(id);
    succeeded(await other.http.delete(`/api/v1/history/delete/${result!.id}`));
    expect(await untilEnded(other, id)).toMatchObject({ status: 0, result: null });
  });
});
