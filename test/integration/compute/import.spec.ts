import { request as httpRequest } from 'node:http';
import type { ImportReportDto } from '../../../src/compute/imports/import.dto';
import { IMPORT_ALIVE_SECONDS } from '../../../src/compute/imports/import-rollback';
import { useApp } from '../../support/app-with-admin';
import { importCsv, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

describe('importing labelled records', () => {
  const sut = useApp();
  let user: SignedIn;
  beforeEach(async () => {
    user = await signUpUser(sut, sut.admin);
  });

  const count = async (): Promise<number> => {
    const [row] = await sut.dataSource.query(
      'SELECT COUNT(*) AS n FROM compute_records WHERE userId = ?',
      [await userIdOf(sut, user)],
    );
    return Number(row.n);
  };
  const openImports = async (): Promise<number> => {
    const [row] = await sut.dataSource.query(
      `SELECT COUNT(*) AS n FROM compute_imports WHERE state <> 'done'`,
    );
    return Number(row.n);
  };

  it('imports valid lines and reports invalid ones', async () => {
    const csv =
      '\uFEFFpid,ctdna,cpg,hcc,time\r\n' +
      '2333,209,5,true,2022-07-10 08:00:00\r\n' +
      '"=cmd()",209,5,1,\r\n' +
      '2334,"213",4,0,\r\n' +
      '2335,0,4,0,\r\n';
    const report = succeeded(await importCsv(sut.admin, user.uid, csv)).body
      .data as ImportReportDto;
    expect(report).toMatchObject({ accepted: 2, rejected: 2, model: 'hcc-fragment-nb@1.0.0' });
    expect(report.bad_lines.map(({ line, problems }) => [line, problems[0]!.field])).toEqual([
      [3, 'pid'],
      [5, 'ctdna'],
    ]);
    const { data } = succeeded(await user.http.get(`/api/v1/history/query/${user.uid}`)).body;
    expect(data[1]).toMatchObject({
      pid: 2333,
      hcc: true,
      hcc_infer: true,
      time: '2022-07-10 08:00:00',
      task: null,
    });
    expect(data[1].probability).toBeCloseTo(0.7895, 4);
  });

  it('imports what the export wrote', async () => {
    succeeded(await importCsv(sut.admin, user.uid, 'pid,ctdna,cpg,hcc\n1,209,5,1\n2,150,0,0\n'));
    const csv = (await user.http.get(`/api/v1/history/export/${user.uid}`)).body as string;
    const second = await signUpUser(sut, sut.admin);
    expect(succeeded(await importCsv(sut.admin, second.uid, csv)).body.data).toMatchObject({
      accepted: 2,
      rejected: 0,
    });
  });

  it.each([
    ['a missing column', 'pid,ctdna,hcc\n1,2,1\n', 'cpg'],
    ['nothing', '', 'pid'],
    [
      'an unclosed quote',
      `pid,ctdna,cpg,hcc\n${'1,100,2,1\n'.repeat(3000)}"1,100,2,1\n`,
      'CSV_QUOTE_NOT_CLOSED',
    ],
  ])('imports nothing of a file with %s', async (_, csv, said) => {
    const answer = await importCsv(sut.admin, user.uid, csv);
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    expect(answer.body.msg).toContain(said);
    expect([await count(), await openImports()]).toEqual([0, 0]);
  });

  it('imports the same file twice only on request', async () => {
    const csv = 'pid,ctdna,cpg,hcc\n1,209,5,1\n';
    succeeded(await importCsv(sut.admin, user.uid, csv));
    const twice = await importCsv(sut.admin, user.uid, csv);
    expect([twice.status, twice.body.code]).toEqual([409, 20001]);
    expect(await count()).toBe(1);
    succeeded(await importCsv(sut.admin, user.uid, csv, '?again=true'));
    expect(await count()).toBe(2);
  });

  it('requires an administrator, an existing user and CSV', async () => {
    const csv = 'pid,ctdna,cpg,hcc\n1,209,5,1\n';
    expect((await importCsv(user, user.uid, csv)).body.code).toBe(40300);
    expect((await importCsv(sut.admin, '00000000-0000-0000-0000-000000000000', csv)).status).toBe(
      404,
    );
    const json = await sut.admin.http.post(`/api/v1/history/import/${user.uid}`, { a: 1 });
    expect([json.status, json.body.code]).toEqual([400, 30001]);
    expect((await sut.admin.http.post(`/api/v1/history/import/${user.uid}`)).body.code).toBe(30001);
  });

  it('imports nothing of an interrupted upload', async () => {
    const send = httpRequest(`${sut.url}/api/v1/history/import/${user.uid}`, {
      method: 'POST',
      headers: { token: sut.admin.accessToken, 'content-type': 'text/csv' },
    });
    send.on('error', () => undefined);
    send.write(`pid,ctdna,cpg,hcc\n${'1,209,5,1\n'.repeat(20_000)}`);
    await pollUntil('the first records', async () => (await count()) > 0);
    send.destroy();
    await pollUntil(
      'nothing left',
      async () => (await count()) === 0 && (await openImports()) === 0,
    );
  });

  it('rolls back the import of a process that died', async () => {
    succeeded(await importCsv(sut.admin, user.uid, 'pid,ctdna,cpg,hcc\n1,209,5,1\n'));
    await sut.dataSource.query(
      `UPDATE compute_imports SET state = 'open', aliveUntil = UTC_TIMESTAMP(3) - INTERVAL ? SECOND
       WHERE userId = ?`,
      [IMPORT_ALIVE_SECONDS, await userIdOf(sut, user)],
    );
    await pollUntil('the sweep', async () => (await count()) === 0 && (await openImports()) === 0);
  });

  it('imports 100,000 lines without loss', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `${i},${100 + (i % 200)},${i % 6},${i % 2}`,
    );
    const started = performance.now();
    const answer = await importCsv(sut.admin, user.uid, `pid,ctdna,cpg,hcc\n${lines.join('\n')}\n`);
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`import of 100,000 lines: ${seconds.toFixed(1)} s\n`);
    expect(succeeded(answer).body.data).toMatchObject({ accepted: 100_000, rejected: 0 });
    expect(await count()).toBe(100_000);
  });
});
