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

const password = passwordDigest('secret');
const nobody = '00000000-0000-4000-8000-000000000000';
const outcome = (answer: HttpAnswer): unknown[] => [answer.status, answer.body.code];

describe('account administration', () => {
  const app = useApp();

  const setStatus = (uid: string, status: number | string, by = app.admin) =>
    by.http.post(`/api/v1/user/admin/modifyStatus/${uid}?status=${status}`);
  const setRole = (uid: string, role: number, by = app.admin) =>
    by.http.post(`/api/v1/user/admin/modifyRole/${uid}?role=${role}`);
  const me = (user: SignedIn) => user.http.get('/api/v1/user/me');
  const auditOf = async (query: string) =>
    succeeded(await app.admin.http.get(`/api/v1/user/admin/audit?${query}`)).body.data;

  describe('POST /user/admin/add', () => {
    const add = (body: object) => app.admin.http.post('/api/v1/user/admin/add', body);

    it('adds a user or an administrator who can sign in', async () => {
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

  describe('sessions of a user', () => {
    const path = (uid: string, sid = '') => `/api/v1/user/admin/sessions/${uid}${sid && `/${sid}`}`;
    const list = (uid: string) => app.admin.http.get(path(uid));
    const end = (uid: string, sid: string) => app.admin.http.delete(path(uid, sid));

    it('are listed, and one of them ends from the next request on, on record', async () => {
      const user = await signUpUser(app, app.admin);
      const other = await signIn(app, user);
      const { data: sessions } = succeeded(await list(user.uid)).body;
      expect(sessions).toHaveLength(2);
      expect(sessions).toEqual(
        [1, 2].map(() => expect.objectContaining({ current: false, address: '127.0.0.1' })),
      );
      const [{ sid }] = sessions as [{ sid: string }];
      expect(outcome(await end(user.uid, sid))).toEqual([200, 20000]);
      expect(outcome(await me(other))).toEqual([401, 40002]);
      expect((await me(user)).status).toBe(200);
      const refresh = { refresh_token: other.refreshToken };
      expect((await app.http.post('/api/v1/user/refresh', refresh)).status).toBe(401);
      const events = await auditOf(`action=session.removed&target=${user.uid}`);
      expect(events.items).toMatchObject([
        { actor: { uid: app.admin.uid }, target: { name: user.name }, details: { sid } },
      ]);
      expect(succeeded(await list(user.uid)).body.data).toHaveLength(1);
    });

    it('marks the session of the request among the own ones', async () => {
      const { data } = succeeded(await list(app.admin.uid)).body;
      expect(data.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
    });

    it('answers 30000 for unknown users, ended sessions and sessions of others, and changes nothing', async () => {
      const user = await signUpUser(app, app.admin);
      const other = await signUpUser(app, app.admin);
      const [{ sid }] = succeeded(await list(user.uid)).body.data as [{ sid: string }];
      for (const answer of [
        await list(nobody),
        await end(nobody, sid),
        await end(user.uid, nobody),
        await end(other.uid, sid),
      ])
        expect(outcome(answer)).toEqual([404, 30000]);
      expect(outcome(await end(user.uid, 'x'))).toEqual([400, 30001]);
      expect((await me(user)).status).toBe(200);
      await end(user.uid, sid);
      expect(outcome(await end(user.uid, sid))).toEqual([404, 30000]);
    });

    it('are for administrators', async () => {
      const user = await signUpUser(app, app.admin);
      expect(outcome(await user.http.get(path(user.uid)))).toEqual([403, 40300]);
      expect(outcome(await user.http.delete(path(user.uid, nobody)))).toEqual([403, 40300]);
    });
  });

  describe('POST /user/admin/modifyStatus', () => {
    it('bans and unbans from the next request on', async () => {
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

    it('treats a deregistered account as unknown, revokes its tokens, and is idempotent', async () => {
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

    it('blocks only computing for a compute-banned user', async () => {
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

    it('answers 404 for an unknown user', async () => {
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

    it('can be banned from computing and still administer', async () => {
      const path = `/api/v1/user/admin/modifyStatus/${single.admin.uid}?status=`;
      expect((await single.admin.http.post(`${path}3`)).status).toBe(200);
      expect((await single.admin.http.post(`${path}0`)).status).toBe(200);
    });

    it('cannot be deregistered while the only other administrator is banned', async () => {
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
    it('promotes and demotes from the next request on', async () => {
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
    it('answers 60103 to the right password and 60101 to a wrong one, and can sign in once approved', async () => {
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

    it('returns one user without the password hash', async () => {
      const answer = await app.admin.http.get(`/api/v1/user/admin/${app.admin.uid.toUpperCase()}`);
      expect(answer.body.data).toMatchObject({ uid: app.admin.uid, role: 1 });
      expect(JSON.stringify(answer.body)).not.toMatch(/argon|hash|password/i);
      const unknown = await app.admin.http.get(`/api/v1/user/admin/${nobody}`);
      expect(outcome(unknown)).toEqual([404, 30000]);
    });
  });

  describe('POST /user/admin/quota', () => {
    it('sets a quota and resets it', async () => {
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
});
