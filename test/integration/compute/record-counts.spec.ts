import { RecordCounts } from '../../../src/compute/history/record-counts';
import { useApp } from '../../support/app-with-admin';
import { submit, untilEnded, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { queriesDuring } from '../../support/measures/query-counter';

describe('the number of records of a user', () => {
  const sut = useApp();
  let user: SignedIn;
  let userId: number;
  beforeEach(async () => {
    user = await signUpUser(sut, sut.admin);
    userId = await userIdOf(sut, user);
  });

  const total = async (): Promise<number> => {
    const answer = succeeded(await user.http.get(`/api/v1/history/query/${user.uid}?limit=500`));
    return Number(answer.headers.get('x-total-count'));
  };
  const insertUncounted = (count: number): Promise<unknown> =>
    sut.dataSource.query(
      `INSERT INTO compute_records (userId, pid, ctdna, cpg, hccInfer, probability, extrapolated,
         modelId, modelChecksum, createdAt)
       SELECT ?, seq, 200, 3, 0, 0.5, 0, 'hcc-fragment-nb@1.0.0', 'x', UTC_TIMESTAMP(3)
       FROM seq_1_to_${count}`,
      [userId],
    );

  it('follows computing, deleting and importing', async () => {
    expect(await total()).toBe(0);
    const ids = [await submit(user), await submit(user)];
    for (const id of ids) await untilEnded(user, id);
    expect(await total()).toBe(2);
    const [record] = succeeded(await user.http.get(`/api/v1/history/query/${user.uid}`)).body
      .data as { id: number }[];
    succeeded(await user.http.delete(`/api/v1/history/delete/${record!.id}`));
    expect(await total()).toBe(1);
    const csv = 'pid,ctdna,cpg,hcc\n1,200,3,true\n2,201,3,false\n3,202,3,true\n';
    const imported = await fetch(`${sut.url}/api/v1/history/import/${user.uid}`, {
      method: 'POST',
      headers: { token: sut.admin.accessToken, 'content-type': 'text/csv' },
      body: csv,
    });
    expect(imported.status).toBe(200);
    expect(await total()).toBe(4);
  });

  it('is not counted again for a page, and a page costs two statements', async () => {
    await total();
    const queries = await queriesDuring(sut.dataSource, total);
    expect(queries.filter((sql) => sql.includes('compute_record'))).toHaveLength(2);
    expect(queries.join('\n')).not.toContain('COUNT(*)');
  });

  it('is counted where it is missing, and corrected by the check where it is wrong', async () => {
    await insertUncounted(7);
    expect(await total()).toBe(7);
    await insertUncounted(3);
    expect(await total()).toBe(7);
    await sut.dataSource.query(
      `UPDATE compute_record_counts SET checkedAt = '2001-01-01 00:00:00' WHERE userId = ?`,
      [userId],
    );
    const counts = sut.app.get(RecordCounts);
    await Promise.all([counts.checkOldest(), counts.checkOldest()]);
    expect(await total()).toBe(10);
  });
});
