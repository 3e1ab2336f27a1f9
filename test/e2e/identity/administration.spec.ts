import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import {
  issueCode,
  signIn,
  signUpUser,
  succeeded,
  uniqueName,
  type SignedIn,
} from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';

const password = passwordDigest('secret');
const nobody = '00000000-0000-4000-8000-000000000000';
const outcome = (answer: HttpAnswer): unknown[] => [answer.status, answer.body.code];

describe('administrating accounts', () => {
  const app = useApp();

  const setStatus = (uid: string, status: number | string, by = app.admin) =>
    by.http.post(`/api/v1/user/admin/modifyStatus/${uid}?status=${status}`);
  const setRole = (uid: string, role: number, by = app.admin) =>
    by.http.post(`/api/v1/user/admin/modifyRole/${uid}?role=${role}`);
  const me = (user: SignedIn) => user.http.get('/api/v1/user/me');
  const auditOf = async (query: string) =>
    succeeded(await app.admin.http.get(`/api/v1/user/admin/audit?${query}`)).body.data;

  describe('GET /user/me', () => {
    it('shows the account, and nothing secret', async () => {
      const user = await signUpUser(app, app.admin);
      expect((await me(user)).body.data).toEqual({
        uid: user.uid,
        user_name: user.name,
        role: 0,
        status: 0,
        pending: false,
        quota: null,
        created: expect.any(Number) as number,
        last_login: expect.any(Number) as number,
        last_login_ip: '127.0.0.1',
      });
    });
  });

  describe('POST /user/admin/add', () => {
    const add = (body: object) => app.admin.http.post('/api/v1/user/admin/add', body);

    it('adds an ordinary user, or an administrator, who can sign in', async () => {
      const name = uniqueName();
      const added = await add({ user_name: name, password });
      expect(added.body.data).toEqual({ uid: expect.any(String) as string, role: 0 });
      expect((await signIn(app, { name, password })).uid).toBe(added.body.data.uid);
      const other = uniqueName();
      await add({ user_name: other, password, role: '1' });
      expect((await signIn(app, { name: other, password })).role).toBe(1);
    });

    it.each([
      ['the same name', (name: string) => name],
      ['other case', (name: string) => name.toUpperCase()],
      ['full-width letters', (name: string) => name.replace('u', 'ｕ')],
      ['a Cyrillic look-alike', (name: string) => name.replace('e', 'е')],
    ])('answers 20001 for %s', async (_what, change) => {
      const name = uniqueName();
      await add({ user_name: name, password });
      expect(outcome(await add({ user_name: change(name), password }))).toEqual([409, 20001]);
    });
  });

  describe('POST /user/admin/modifyStatus', () => {
    it('bans from the next request on, and lifts the ban', async () => {
      const user = await signUpUser(app, app.admin);
      expect((await me(user)).status).toBe(200);
      expect(outcome(await setStatus(user.uid, 1))).toEqual([200, 20000]);
      expect(outcome(await me(user))).toEqual([403, 60102]);
      const login = { user_name: user.name, password: user.password };
      expect(outcome(await app.http.post('/api/v1/user/login', login))).toEqual([403, 60102]);
      const wrong = { ...login, password };
      expect(outcome(await app.http.post('/api/v1/user/login', wrong))).toEqual([401, 60101]);
      const refresh = { refresh_token: user.refreshToken };
      expect(outcome(await app.http.post('/api/v1/user/refresh', refresh))).toEqual([403, 60102]);
      await setStatus(user.uid, 0);
      expect((await me(user)).status).toBe(200);
    });

    it('makes a deregistered account unknown, its tokens void, twice the same', async () => {
      const user = await signUpUser(app, app.admin);
      for (let i = 0; i < 2; i++)
        expect(outcome(await setStatus(user.uid, 2))).toEqual([200, 20000]);
      expect(outcome(await me(user))).toEqual([401, 40002]);
      const login = { user_name: user.name, password: user.password };
      expect(outcome(await app.http.post('/api/v1/user/login', login))).toEqual([401, 60101]);
      const refresh = { refresh_token: user.refreshToken };
      expect(outcome(await app.http.post('/api/v1/user/refresh', refresh))).toEqual([401, 40002]);
      const events = await auditOf(`target=${user.uid}&action=user.status-changed`);
      expect(events.total).toBe(1);
    });

    it('lets a compute-banned user do everything but compute', async () => {
      const user = await signUpUser(app, app.admin);
      await setStatus(user.uid, 3);
      expect((await me(user)).body.data.status).toBe(3);
      expect((await signIn(app, user)).uid).toBe(user.uid);
    });

    it.each(['', '4', '-1', '1.5', 'x', '0x1', '1e0', 'null'])(
      'refuses status %j',
      async (status) => {
        expect(outcome(await setStatus(app.admin.uid, status))).toEqual([400, 30001]);
      },
    );

    it('knows no unknown user', async () => {
      expect(outcome(await setStatus(nobody, 1))).toEqual([404, 30000]);
      expect(outcome(await setStatus('not-a-uuid', 1))).toEqual([400, 30001]);
    });
  });

  describe('the last administrator', () => {
    const single = useApp();

    it.each([
      ['banned', 'modifyStatus', 'status=1'],
      ['deregistered', 'modifyStatus', 'status=2'],
      ['demoted', 'modifyRole', 'role=0'],
    ])('cannot be %s', async (_what, call, query) => {
      const answer = await single.admin.http.post(
        `/api/v1/user/admin/${call}/${single.admin.uid}?${query}`,
      );
      expect(outcome(answer)).toEqual([403, 40300]);
      expect((await single.admin.http.get('/api/v1/user/me')).body.data).toMatchObject({
        role: 1,
        status: 0,
      });
    });

    it('may be banned from computing, and can still administrate', async () => {
      const path = `/api/v1/user/admin/modifyStatus/${single.admin.uid}?status=`;
      expect((await single.admin.http.post(`${path}3`)).status).toBe(200);
      expect((await single.admin.http.post(`${path}0`)).status).toBe(200);
    });

    it('is not counted twice: a banned second administrator does not help', async () => {
      const second = await signUpUser(single, single.admin);
      await single.admin.http.post(`/api/v1/user/admin/modifyRole/${second.uid}?role=1`);
      await single.admin.http.post(`/api/v1/user/admin/modifyStatus/${second.uid}?status=1`);
      const answer = await single.admin.http.post(
        `/api/v1/user/admin/modifyStatus/${single.admin.uid}?status=2`,
      );
      expect(outcome(answer)).toEqual([403, 40300]);
    });
  });

  describe('POST /user/admin/modifyRole', () => {
    it('appoints and demotes from the next request on', async () => {
      const user = await signUpUser(app, app.admin);
      const list = () => user.http.get('/api/v1/user/admin/list');
      expect(outcome(await list())).toEqual([403, 40300]);
      await setRole(user.uid, 1);
      expect((await list()).status).toBe(200);
      await setRole(user.uid, 0);
      expect(outcome(await list())).toEqual([403, 40300]);
    });
  });

  describe('an account that waits for approval', () => {
    it('answers 60103 to the right password, 60101 to a wrong one, and works once approved', async () => {
      const name = uniqueName();
      const registered = await app.http.post('/api/v1/user/register', {
        user_name: name,
        password,
        invite_code: await issueCode(app.admin, 'approval=true'),
      });
      const { uid } = registered.body.data;
      const login = { user_name: name, password };
      expect(outcome(await app.http.post('/api/v1/user/login', login))).toEqual([403, 60103]);
      const wrong = { ...login, password: passwordDigest('other') };
      expect(outcome(await app.http.post('/api/v1/user/login', wrong))).toEqual([401, 60101]);
      const waiting = await app.admin.http.get('/api/v1/user/admin/list?pending=true');
      expect(waiting.body.data.items.map((user: { uid: string }) => user.uid)).toContain(uid);
      expect((await app.admin.http.post(`/api/v1/user/admin/approve/${uid}`)).status).toBe(200);
      expect((await signIn(app, { name, password })).uid).toBe(uid);
    });
  });

  describe('POST /user/modifyPassword', () => {
    const fresh = passwordDigest('fresh');
    const change = (by: SignedIn, uid: string, body: object) =>
      by.http.post(`/api/v1/user/modifyPassword/${uid}`, body);

    it('changes the own password and ends every other session', async () => {
      const user = await signUpUser(app, app.admin);
      const other = await signIn(app, user);
      expect((await me(other)).status).toBe(200);
      const body = { old_password: user.password.toUpperCase(), new_password: fresh };
      expect(outcome(await change(user, user.uid, body))).toEqual([200, 20000]);
      expect((await me(user)).status).toBe(200);
      expect(outcome(await me(other))).toEqual([401, 40002]);
      await expect(signIn(app, user)).rejects.toThrow('60101');
      expect((await signIn(app, { name: user.name, password: fresh })).uid).toBe(user.uid);
    });

    it('answers 60101 to a wrong old password and changes nothing', async () => {
      const user = await signUpUser(app, app.admin);
      const body = { old_password: fresh, new_password: fresh };
      expect(outcome(await change(user, user.uid, body))).toEqual([401, 60101]);
      expect((await signIn(app, user)).uid).toBe(user.uid);
    });

    it('needs the old password of an ordinary user, and the own account', async () => {
      const user = await signUpUser(app, app.admin);
      const other = await signUpUser(app, app.admin);
      expect(outcome(await change(user, user.uid, { new_password: fresh }))).toEqual([403, 40300]);
      for (const uid of [other.uid, nobody]) {
        const body = { old_password: user.password, new_password: fresh };
        expect(outcome(await change(user, uid, body))).toEqual([403, 40300]);
      }
    });

    it('lets an administrator reset a password, which ends all sessions', async () => {
      const user = await signUpUser(app, app.admin);
      const body = { old_password: null, new_password: fresh };
      expect(outcome(await change(app.admin, user.uid, body))).toEqual([200, 20000]);
      expect(outcome(await me(user))).toEqual([401, 40002]);
      expect((await signIn(app, { name: user.name, password: fresh })).uid).toBe(user.uid);
      expect(outcome(await change(app.admin, nobody, body))).toEqual([404, 30000]);
    });
  });

  describe('sessions', () => {
    it('lists the own ones and ends one of them on the next request', async () => {
      const user = await signUpUser(app, app.admin);
      const other = await signIn(app, user);
      expect((await me(other)).status).toBe(200);
      const { body } = await user.http.get('/api/v1/user/sessions');
      expect(body.data).toHaveLength(2);
      const [mine, theirs] = [true, false].map(
        (current) =>
          body.data.find((session: { current: boolean }) => session.current === current).sid,
      );
      expect((await user.http.delete(`/api/v1/user/sessions/${theirs}`)).status).toBe(200);
      expect(outcome(await me(other))).toEqual([401, 40002]);
      expect((await me(user)).status).toBe(200);
      const again = await user.http.delete(`/api/v1/user/sessions/${theirs}`);
      expect(outcome(again)).toEqual([404, 30000]);
      const foreign = await app.admin.http.delete(`/api/v1/user/sessions/${mine}`);
      expect(outcome(foreign)).toEqual([404, 30000]);
    });
  });

  describe('GET /user/admin/list and /user/admin/{uid}', () => {
    it('searches, filters, sorts and pages', async () => {
      const tag = uniqueName('List');
      const names = ['c_', 'a%', 'b!'].map((x) => `${tag}-${x[0]}`);
      for (const name of names) await signUpUser(app, app.admin, name);
      const list = async (query: string) =>
        succeeded(await app.admin.http.get(`/api/v1/user/admin/list?${query}`)).body.data;
      const found = await list(`search=${tag.toUpperCase()}&sort=user_name&limit=2`);
      expect(found).toMatchObject({ total: 3, page: 1, limit: 2 });
      expect(found.items.map((user: { user_name: string }) => user.user_name)).toEqual([
        `${tag}-a`,
        `${tag}-b`,
      ]);
      const second = await list(`search=${tag}&sort=user_name&limit=2&page=2`);
      expect(second.items).toHaveLength(1);
      expect((await list(`search=${tag}&role=1`)).total).toBe(0);
      expect((await list(`search=${tag}&status=0&role=`)).total).toBe(3);
      expect((await list('search=%25')).total).toBe(0);
      expect((await list('search=_')).total).toBe(0);
    });

    it.each([
      'sort=password',
      'sort=uid;drop',
      'page=0',
      'limit=501',
      'role=2',
      'order=x',
      'page=1.0',
    ])('refuses %s', async (query) => {
      const answer = await app.admin.http.get(`/api/v1/user/admin/list?${query}`);
      expect(outcome(answer)).toEqual([400, 30001]);
    });

    it('shows one user, and never a hash', async () => {
      const answer = await app.admin.http.get(`/api/v1/user/admin/${app.admin.uid.toUpperCase()}`);
      expect(answer.body.data).toMatchObject({ uid: app.admin.uid, role: 1 });
      expect(JSON.stringify(answer.body)).not.toMatch(/argon|hash|password/i);
      const unknown = await app.admin.http.get(`/api/v1/user/admin/${nobody}`);
      expect(outcome(unknown)).toEqual([404, 30000]);
    });
  });

  describe('POST /user/admin/quota', () => {
    it('sets a quota and takes it back', async () => {
      const user = await signUpUser(app, app.admin);
      const set = (quota: string) =>
        app.admin.http.post(`/api/v1/user/admin/quota/${user.uid}?quota=${quota}`);
      await set('5');
      expect((await me(user)).body.data.quota).toBe(5);
      await set('');
      expect((await me(user)).body.data.quota).toBeNull();
      for (const bad of ['-1', 'x', '1e3', '1000000001'])
        expect(outcome(await set(bad))).toEqual([400, 30001]);
    });
  });

  describe('invite codes', () => {
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

    it('is not run by a prefetch', async () => {
      const answer = await app.admin.http
        .with({ 'sec-purpose': 'prefetch' })
        .get('/api/v1/user/admin/inviteCode');
      expect(answer.status).toBe(400);
    });

    it('shows who used a code and when, and forgets nothing that is revoked', async () => {
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

    it('knows the states used and expired', async () => {
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

  describe('GET /user/admin/audit', () => {
    it('says who did what to whom, from where and when', async () => {
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

    it('keeps failed sign-ins, without what was typed', async () => {
      const typed = uniqueName('typed');
      await app.http.post('/api/v1/user/login', { user_name: typed, password });
      const { items } = await auditOf('action=session.login-failed&outcome=refused&limit=1');
      expect(items[0]).toMatchObject({ target: { id: 'unknown' }, actor: null });
      expect(JSON.stringify(items)).not.toContain(typed);
    });

    it('keeps who tried what is an administrator’s, once a minute and route', async () => {
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

    it('keeps registrations that were refused, without the code', async () => {
      const user_name = uniqueName();
      const invite_code = '7G2KD-0XQ4M-9TB1R-WZ5CH';
      await app.http.post('/api/v1/user/register', { user_name, password, invite_code });
      const { items } = await auditOf('action=user.registration-refused&limit=1');
      expect(items[0]).toMatchObject({ outcome: 'refused', target: { name: user_name } });
      expect(JSON.stringify(items)).not.toContain(invite_code);
    });

    it('never holds a secret', async () => {
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
});
