import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { signIn, signUpUser, type SignedIn } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';

const nobody = '00000000-0000-4000-8000-000000000000';
const outcome = (answer: HttpAnswer): unknown[] => [answer.status, answer.body.code];

describe('own account', () => {
  const app = useApp();

  const me = (user: SignedIn) => user.http.get('/api/v1/user/me');

  describe('GET /user/me', () => {
    it('returns the account without secrets', async () => {
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

  describe('POST /user/modifyPassword', () => {
    const fresh = passwordDigest('fresh');
    const change = (by: SignedIn, uid: string, body: object) =>
      by.http.post(`/api/v1/user/modifyPassword/${uid}`, body);

    it('changes the caller’s password and ends every other session', async () => {
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

    it('requires the old password of an administrator for the own account only', async () => {
      const second = await signUpUser(app, app.admin);
      await app.admin.http.post(`/api/v1/user/admin/modifyRole/${second.uid}?role=1`);
      expect(outcome(await change(second, second.uid, { new_password: fresh }))).toEqual([
        403, 40300,
      ]);
      const body = { old_password: second.password, new_password: fresh };
      expect(outcome(await change(second, second.uid, body))).toEqual([200, 20000]);
      expect(outcome(await change(app.admin, second.uid, { new_password: fresh }))).toEqual([
        200, 20000,
      ]);
    });

    it('answers 60101 to a wrong old password and changes nothing', async () => {
      const user = await signUpUser(app, app.admin);
      const body = { old_password: fresh, new_password: fresh };
      expect(outcome(await change(user, user.uid, body))).toEqual([401, 60101]);
      expect((await signIn(app, user)).uid).toBe(user.uid);
    });

    it('requires the old password of a user and rejects other accounts', async () => {
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
    it('lists the caller’s sessions and ends one of them from the next request on', async () => {
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
});
