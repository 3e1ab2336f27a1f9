import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import {
  issueCode,
  signIn,
  signUpUser,
  succeeded,
  uniqueName,
} from '../../support/factories/users';
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
    expect(Math.abs(items[0].time - Date.now())).toBeLessThan(60_000);
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

  it('records from which address apps were installed, removed and repaired', async () => {
    for (const path of ['/installApp', '/uninstallApp'])
      expect(await app.admin.http.post(path, { appName: 'hello' })).toMatchObject({ status: 200 });
    succeeded(await app.admin.http.post('/api/v1/apps/drift/repair'));
    const { items } = await auditOf(`action=app&actor=${app.admin.uid}`);
    expect(items).toMatchObject([
      { action: 'app.drift-repaired', ip: '127.0.0.1' },
      { action: 'app.uninstalled', ip: '127.0.0.1' },
      { action: 'app.install-requested', target: { id: 'hello' }, ip: '127.0.0.1' },
    ]);
  });

  it('contains no secret after every call that carries one', async () => {
    const code = await issueCode(app.admin, 'maxUses=2');
    const registration = { user_name: uniqueName(), password, invite_code: code };
    await app.http.post('/api/v1/user/register', registration);
    const user = await signIn(app, { name: registration.user_name, password });
    const added = { user_name: uniqueName(), password, role: 0 };
    await app.admin.http.post('/api/v1/user/admin/add', added);
    const change = { old_password: password, new_password: passwordDigest('next') };
    const wrong = { ...change, old_password: passwordDigest('wrong') };
    await user.http.post(`/api/v1/user/modifyPassword/${user.uid}`, wrong);
    await user.http.post(`/api/v1/user/modifyPassword/${user.uid}`, change);
    await app.admin.http.post(`/api/v1/user/modifyPassword/${user.uid}`, {
      new_password: password,
    });
    await app.admin.http.delete(`/api/v1/user/admin/inviteCode/${code}`);
    await (await signIn(app, user)).http.post('/api/v1/user/logout');
    await app.http.post('/api/v1/user/login', {
      user_name: user.name,
      password: wrong.old_password,
    });

    const rows: { action: string }[] = await app.dataSource.query('SELECT * FROM audit_events');
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'invite-code.issued',
        'user.registered',
        'session.login',
        'user.added',
        'user.password-change-failed',
        'user.password-changed',
        'user.password-reset',
        'invite-code.revoked',
        'session.logout',
        'session.login-failed',
      ]),
    );
    const text = JSON.stringify(rows);
    for (const { accessToken, refreshToken } of [app.admin, user]) {
      expect(text).not.toContain(accessToken);
      expect(text).not.toContain(refreshToken);
    }
    for (const secret of [
      code,
      password,
      change.new_password,
      wrong.old_password,
      app.admin.password,
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/argon2|ssr_|eyJ|[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}/);
  });

  it('filters by time', async () => {
    const { total } = await auditOf('');
    expect(total).toBeGreaterThan(0);
    expect((await auditOf(`from=${Date.now() + 60_000}`)).total).toBe(0);
    expect((await auditOf(`to=${Date.now() + 60_000}`)).total).toBe(total);
  });
});
