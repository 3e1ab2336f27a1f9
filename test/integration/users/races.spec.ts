import { SETUP_TOKEN_HEADER, SetupToken } from '../../../src/users/setup-token';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import {
  issueCode,
  signIn,
  signUpAdmin,
  signUpUser,
  uniqueName,
  type SignedIn,
} from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';
import { startTestApp, type TestApp } from '../../support/test-app';

const password = passwordDigest('secret');
const codesOf = (answers: HttpAnswer[]): Record<string, number> => {
  const count: Record<string, number> = {};
  for (const { body } of answers) count[body.code] = (count[body.code] ?? 0) + 1;
  return count;
};
const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)));

describe('identity under concurrency', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  /** The token that holds now: each first registration makes another one. */
  const setup = () => ({ [SETUP_TOKEN_HEADER]: app.app.get(SetupToken).value });
  const register = (invite_code?: string) =>
    app.http
      .with(setup())
      .post('/api/v1/user/register', { user_name: uniqueName(), password, invite_code });
  const count = async (sql: string, parameters: unknown[] = []): Promise<number> => {
    const rows: { n: string }[] = await app.dataSource.query(sql, parameters);
    return Number(rows[0]?.n);
  };
  const forgetEverybody = async () => {
    await app.dataSource.query('DELETE FROM users');
    await app.dataSource.query('UPDATE system_state SET firstAdminAt = NULL');
  };

  it('creates exactly one administrator from 40 concurrent first registrations, in twenty rounds', async () => {
    for (let round = 0; round < 20; round++) {
      await forgetEverybody();
      expect(codesOf(await times(40, () => register()))).toEqual({ 20000: 1, 60202: 39 });
      expect(await count('SELECT COUNT(*) n FROM users')).toBe(1);
      expect(await count('SELECT COUNT(*) n FROM users WHERE role = 1')).toBe(1);
    }
  });

  describe('with an administrator', () => {
    let admin: SignedIn;
    beforeAll(async () => {
      await forgetEverybody();
      admin = await signUpAdmin({ http: app.http.with(setup()) });
    });

    it('creates exactly 5 accounts from 60 registrations with a code of 5 uses', async () => {
      const code = await issueCode(admin, 'maxUses=5');
      const before = await count('SELECT COUNT(*) n FROM users');
      expect(codesOf(await times(60, () => register(code)))).toEqual({ 20000: 5, 60202: 55 });
      expect(await count('SELECT COUNT(*) n FROM users')).toBe(before + 5);
      expect(
        await count(
          'SELECT COUNT(*) n FROM invite_code_uses u JOIN invite_codes c ON c.id = u.codeId WHERE c.code = ?',
          [code],
        ),
      ).toBe(5);
    });

    it('creates one of 20 accounts with the same name and charges no use for the others', async () => {
      const code = await issueCode(admin, 'maxUses=20');
      const user_name = uniqueName();
      const answers = await times(20, (i) =>
        app.http.post('/api/v1/user/register', {
          user_name: i % 2 ? user_name : user_name.toUpperCase(),
          password,
          invite_code: code,
        }),
      );
      expect(codesOf(answers)).toEqual({ 20000: 1, 60201: 19 });
      expect(await count('SELECT usedCount n FROM invite_codes WHERE code = ?', [code])).toBe(1);
    });

    it('gives a session one live refresh token, however often spent ones are used in the grace', async () => {
      const user = await signUpUser(app, admin);
      const refresh = async (refresh_token: string) =>
        (await app.http.post('/api/v1/user/refresh', { refresh_token })).body.data
          .refresh_token as string;
      const child = await refresh(user.refreshToken);
      const grandchild = await refresh(child);
      const again = await times(10, (i) => refresh(i % 2 ? user.refreshToken : child));
      expect(new Set(again)).toEqual(new Set([child, grandchild]));
      const live =
        'SELECT COUNT(*) n FROM refresh_tokens t JOIN auth_sessions s ON s.id = t.sessionId JOIN users u ON u.id = s.userId WHERE u.uid = ? AND t.spentAt IS NULL';
      expect(await count(live, [user.uid])).toBe(1);
    });

    it('keeps one session alive through 40 concurrent uses of a refresh token', async () => {
      const user = await signUpUser(app, admin);
      const refresh = (refresh_token: string) =>
        app.http.post('/api/v1/user/refresh', { refresh_token });
      const answers = await times(40, () => refresh(user.refreshToken));
      expect(codesOf(answers)).toEqual({ 20000: 40 });
      const tokens = new Set(answers.map(({ body }) => body.data.refresh_token as string));
      expect(tokens.size).toBe(1);
      const sessions = await user.http.get('/api/v1/user/sessions');
      expect(sessions.body.data).toHaveLength(1);
      for (const { body } of answers)
        expect((await app.http.as(body.data.access_token).get('/api/v1/user/me')).status).toBe(200);
    });

    it('ends the session when a spent refresh token is used after the grace period, 40 times at once', async () => {
      const user = await signUpUser(app, admin);
      const other = await signIn(app, user);
      const refresh = (refresh_token: string) =>
        app.http.post('/api/v1/user/refresh', { refresh_token });
      const successor = await refresh(user.refreshToken);
      await app.dataSource.query(
        'UPDATE refresh_tokens SET spentAt = spentAt - INTERVAL 11 SECOND WHERE spentAt IS NOT NULL',
      );
      expect(codesOf(await times(40, () => refresh(user.refreshToken)))).toEqual({ 40002: 40 });
      expect((await refresh(successor.body.data.refresh_token)).body.code).toBe(40002);
      const token = successor.body.data.access_token as string;
      expect((await app.http.as(token).get('/api/v1/user/me')).body.code).toBe(40002);
      expect((await other.http.get('/api/v1/user/me')).status).toBe(200);
      const audit = await admin.http.get(
        `/api/v1/user/admin/audit?action=session.reuse-detected&target=${user.uid}`,
      );
      expect(audit.body.data.total).toBe(1);
    });

    it('never exceeds 1024 valid codes under 20 concurrent requests, each all or nothing', async () => {
      const other = await signUpUser(app, admin);
      await admin.http.post(`/api/v1/user/admin/modifyRole/${other.uid}?role=1`);
      const issue = () => other.http.get('/api/v1/user/admin/inviteCode?count=100');
      expect(codesOf(await times(20, issue))).toEqual({ 20000: 10, 60401: 10 });
      const last = await other.http.get('/api/v1/user/admin/inviteCode?count=24');
      expect(last.body.data).toHaveLength(24);
      const full = await other.http.get('/api/v1/user/admin/inviteCode');
      expect([full.status, full.body.code]).toEqual([429, 60401]);
      expect((await admin.http.get('/api/v1/user/admin/inviteCode?count=1000')).status).toBe(200);
      await other.http.delete(`/api/v1/user/admin/inviteCode/${last.body.data[0]}`);
      expect((await other.http.get('/api/v1/user/admin/inviteCode')).status).toBe(200);
    });

    it('keeps one administrator when two demote each other at once, ten times', async () => {
      const second = await signUpUser(app, admin);
      const setRole = (by: SignedIn, of: SignedIn, role: number) =>
        by.http.post(`/api/v1/user/admin/modifyRole/${of.uid}?role=${role}`);
      await app.dataSource.query('UPDATE users SET role = 0 WHERE uid NOT IN (?, ?)', [
        admin.uid,
        second.uid,
      ]);
      await setRole(admin, second, 1);
      for (let round = 0; round < 10; round++) {
        const answers = await Promise.all([setRole(admin, second, 0), setRole(second, admin, 0)]);
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(await count('SELECT COUNT(*) n FROM users WHERE role = 1 AND status = 0')).toBe(1);
        const [left, lost] = answers[0].status === 200 ? [admin, second] : [second, admin];
        expect((await setRole(left, lost, 1)).status).toBe(200);
      }
    });

    it('keeps one administrator when twelve ban, demote and deregister each other at once', async () => {
      const path = '/api/v1/user/admin';
      const admins = await times(12, async () => {
        const user = await signUpUser(app, admin);
        await admin.http.post(`${path}/modifyRole/${user.uid}?role=1`);
        return user;
      });
      await app.dataSource.query('UPDATE users SET role = 0 WHERE uid NOT IN (?)', [
        admins.map((a) => a.uid),
      ]);
      const ways = ['modifyRole', 'modifyStatus', 'modifyStatus'];
      const queries = ['role=0', 'status=1', 'status=2'];
      await times(12, (i) =>
        times(12, (j) =>
          (admins[i] as SignedIn).http.post(
            `${path}/${ways[i % 3]}/${(admins[(i + 1 + j) % 12] as SignedIn).uid}?${queries[i % 3]}`,
          ),
        ),
      );
      expect(await count('SELECT COUNT(*) n FROM users WHERE role = 1 AND status IN (0, 3)')).toBe(
        1,
      );
    });
  });
});
