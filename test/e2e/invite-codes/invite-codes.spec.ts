import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { issueCode, succeeded, uniqueName } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';

const password = passwordDigest('secret');
const outcome = (answer: HttpAnswer): unknown[] => [answer.status, answer.body.code];

describe('invite codes', () => {
  const app = useApp();

  const issue = (query: string) => app.admin.http.get(`/api/v1/user/admin/inviteCode?${query}`);
  const list = async (query: string) =>
    succeeded(await app.admin.http.get(`/api/v1/user/admin/inviteCodes?${query}`)).body.data;

  it.each([
    ['', 1],
    ['count=&expired=', 1],
    ['count=3&expired=0', 3],
    [`count=2&expired=${Date.now() + 60_000}`, 2],
  ])('issues %j', async (query, count) => {
    const answer = await issue(query);
    expect(answer.body.data).toHaveLength(count);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    'count=0',
    'count=1025',
    'count=x',
    'count=1.5',
    'expired=1',
    'expired=abc',
    'expired=-1',
    `expired=${Date.now() - 1000}`,
    'maxUses=0',
    'approval=1',
    'note=%00',
    'colour=red',
    'expired=99999999999999999',
  ])('refuses %s', async (query) => {
    expect(outcome(await issue(query))).toEqual([400, 30001]);
  });

  it('issues no code for a prefetch', async () => {
    const answer = await app.admin.http
      .with({ 'sec-purpose': 'prefetch' })
      .get('/api/v1/user/admin/inviteCode');
    expect(answer.status).toBe(400);
  });

  it('lists who used a code and when, and keeps revoked codes', async () => {
    const note = uniqueName('note');
    const code = await issueCode(app.admin, `note=${note}&maxUses=3`);
    const user = await app.http.post('/api/v1/user/register', {
      user_name: uniqueName(),
      password,
      invite_code: code.toLowerCase().replaceAll('-', ''),
    });
    const entry = (await list('state=valid')).items.find(
      (item: { code: string }) => item.code === code,
    );
    expect(entry).toMatchObject({
      note,
      max_uses: 3,
      used_count: 1,
      issued_by: { uid: app.admin.uid, user_name: app.admin.name },
      uses: [{ uid: user.body.data.uid, time: expect.any(Number) as number }],
    });
    for (let i = 0; i < 2; i++)
      expect((await app.admin.http.delete(`/api/v1/user/admin/inviteCode/${code}`)).status).toBe(
        200,
      );
    const refused = await app.http.post('/api/v1/user/register', {
      user_name: uniqueName(),
      password,
      invite_code: code,
    });
    expect(outcome(refused)).toEqual([403, 60202]);
    expect((await list('state=revoked')).items[0]).toMatchObject({ code, state: 'revoked' });
    const unknown = await app.admin.http.delete(
      '/api/v1/user/admin/inviteCode/7G2KD-0XQ4M-9TB1R-WZ5CH',
    );
    expect(outcome(unknown)).toEqual([404, 30000]);
  });

  it('filters by the states used and expired', async () => {
    const used = await issueCode(app.admin);
    await app.http.post('/api/v1/user/register', {
      user_name: uniqueName(),
      password,
      invite_code: used,
    });
    expect((await list('state=used')).items[0]).toMatchObject({ code: used, state: 'used' });
    const soon = await issueCode(app.admin, `expired=${Date.now() + 60_000}`);
    await app.dataSource.query(
      'UPDATE invite_codes SET expiresAt = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE code = ?',
      [soon],
    );
    expect((await list('state=expired')).items[0]).toMatchObject({ code: soon });
    const refused = await app.http.post('/api/v1/user/register', {
      user_name: uniqueName(),
      password,
      invite_code: soon,
    });
    expect(outcome(refused)).toEqual([403, 60202]);
  });
});
