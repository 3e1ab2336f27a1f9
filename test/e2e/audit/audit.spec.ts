import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { signUpUser, succeeded, uniqueName } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

const password = passwordDigest('secret');

describe('GET /user/admin/audit', () => {
  const app = useApp();

  const setStatus = (uid: string, status: number | string, by = app.admin) =>
    by.http.post(`/api/v1/user/admin/modifyStatus/${uid}?status=${status}`);
  const auditOf = async (query: string) =>
    succeeded(await app.admin.http.get(`/api/v1/user/admin/audit?${query}`)).body.data;

  it('records actor, action, target, address and time', async () => {
    const user = await signUpUser(app, app.admin);
    await setStatus(user.uid, 1);
    const { items } = await auditOf(`actor=${app.admin.uid}&target=${user.uid}&action=user`);
    expect(items).toEqual([
      {
        id: expect.any(Number) as number,
        time: expect.any(Number) as number,
        action: 'user.status-changed',
        outcome: 'done',
        actor: { uid: app.admin.uid, user_name: app.admin.name },
        target: { type: 'user', id: user.uid, name: user.name },
        ip: '127.0.0.1',
        details: { from: 0, to: 1 },
      },
    ]);
    expect(Math.abs(items[0].time - Date.now())).toBeLessThan(5000);
  });

  it('records failed logins without the password', async () => {
    const typed = uniqueName('typed');
    await app.http.post('/api/v1/user/login', { user_name: typed, password });
    const { items } = await auditOf('action=session.login-failed&outcome=refused&limit=1');
    expect(items[0]).toMatchObject({ target: { id: 'unknown' }, actor: null });
    expect(JSON.stringify(items)).not.toContain(typed);
  });

  it('records denied administrator calls, once a minute and route', async () => {
    const user = await signUpUser(app, app.admin);
    for (let i = 0; i < 5; i++) await user.http.get(`/api/v1/user/admin/list?search=x${i}`);
    await user.http.post(`/api/v1/user/admin/modifyRole/${user.uid}?role=1`);
    const { items } = await pollUntil('both refusals', async () => {
      const found = await auditOf(`action=access.refused&actor=${user.uid}`);
      return found.total >= 2 && found;
    });
    expect(items.map((event: { target: { id: string } }) => event.target.id)).toEqual([
      'POST /api/v1/user/admin/modifyRole/:uid',
      'GET /api/v1/user/admin/list',
    ]);
  });

  it('records rejected registrations without the code', async () => {
    const user_name = uniqueName();
    const invite_code = '7G2KD-0XQ4M-9TB1R-WZ5CH';
    await app.http.post('/api/v1/user/register', { user_name, password, invite_code });
    const { items } = await auditOf('action=user.registration-refused&limit=1');
    expect(items[0]).toMatchObject({ outcome: 'refused', target: { name: user_name } });
    expect(JSON.stringify(items)).not.toContain(invite_code);
  });

  it('contains no secret', async () => {
    const rows: object[] = await app.dataSource.query('SELECT * FROM audit_events');
    const text = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThan(50);
    for (const secret of [
      password,
      app.admin.password,
      app.admin.accessToken,
      app.admin.refreshToken,
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/argon2|ssr_|eyJ|[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}/);
  });

  it('filters by time', async () => {
    expect((await auditOf(`from=${Date.now() + 60_000}`)).total).toBe(0);
    expect((await auditOf(`to=${Date.now() + 60_000}`)).total).toBeGreaterThan(50);
  });
});
