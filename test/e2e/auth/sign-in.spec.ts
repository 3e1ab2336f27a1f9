import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { issueCode, signIn, signUpUser, uniqueName } from '../../support/factories/users';

const password = passwordDigest('secret');

describe('registering and signing in', () => {
  const app = useApp();

  const register = (body: object) => app.http.post('/api/v1/user/register', body);
  const login = (body: object) => app.http.post('/api/v1/user/login', body);

  it('makes the first account an administrator', () => {
    expect(app.admin.role).toBe(1);
  });

  it.each([
    ['no code', {}],
    ['an empty code', { invite_code: '' }],
    ['null', { invite_code: null }],
    ['an unknown code', { invite_code: '7G2KD-0XQ4M-9TB1R-WZ5CH' }],
    ['the code of the document', { invite_code: 'asdf' }],
  ])('rejects a second registration with %s', async (_what, extra) => {
    const answer = await register({ user_name: uniqueName(), password, ...extra });
    expect([answer.status, answer.body.code]).toEqual([403, 60202]);
  });

  it('accepts an invite code once and creates an ordinary user', async () => {
    const code = await issueCode(app.admin);
    const first = await register({ user_name: uniqueName(), password, invite_code: code });
    expect(first.body).toEqual({
      code: 20000,
      msg: 'success',
      data: { uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    const second = await register({ user_name: uniqueName(), password, invite_code: code });
    expect(second.body.code).toBe(60202);
  });

  it('charges no use of a code when the name is taken', async () => {
    const code = await issueCode(app.admin);
    const taken = await register({ user_name: app.admin.name, password, invite_code: code });
    expect([taken.status, taken.body.code]).toEqual([409, 60201]);
    const free = await register({ user_name: uniqueName(), password, invite_code: code });
    expect(free.status).toBe(200);
  });

  it('answers a login with the documented fields', async () => {
    const user = await signUpUser(app, app.admin);
    const { body } = await login({ user_name: user.name.toUpperCase(), password: user.password });
    expect(body).toEqual({
      code: 20000,
      msg: 'success',
      data: {
        uid: user.uid,
        role: 0,
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
        refresh_token: expect.any(String) as string,
        expired: expect.any(Number) as number,
      },
    });
    expect(Math.abs(body.data.expired - Date.now() - 900_000)).toBeLessThan(60_000);
  });

  it('answers an unknown name and a wrong password identically', async () => {
    const unknown = await login({ user_name: uniqueName(), password });
    const wrong = await login({ user_name: app.admin.name, password });
    expect([unknown.status, unknown.body.code]).toEqual([401, 60101]);
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  it('rotates the tokens and rejects a refresh token used as access token', async () => {
    const user = await signUpUser(app, app.admin);
    const renewed = await app.http.post('/api/v1/user/refresh', {
      refresh_token: user.refreshToken,
    });
    expect(renewed.status).toBe(200);
    expect(renewed.body.data.refresh_token).not.toBe(user.refreshToken);
    const sessions = await app.http
      .as(renewed.body.data.access_token as string)
      .get('/api/v1/user/sessions');
    expect(sessions.body.data).toHaveLength(1);
    const misused = await app.http.as(user.refreshToken).get('/api/v1/user/sessions');
    expect([misused.status, misused.body.code]).toEqual([401, 40002]);
  });

  it('ends a session once, however many sign-outs come at the same time', async () => {
    const user = await signUpUser(app, app.admin);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => user.http.post('/api/v1/user/logout')),
    );
    const codes = answers.map(({ body }) => body.code as number).sort();
    expect(codes).toEqual([20000, ...Array.from({ length: 7 }, () => 40002)]);
  });

  it('ends only the session that logs out, at once', async () => {
    const user = await signUpUser(app, app.admin);
    const other = await signIn(app, user);
    expect((await user.http.post('/api/v1/user/logout')).status).toBe(200);
    expect((await user.http.get('/api/v1/user/sessions')).body.code).toBe(40002);
    expect((await other.http.get('/api/v1/user/sessions')).body.data).toHaveLength(1);
    const refresh = await app.http.post('/api/v1/user/refresh', {
      refresh_token: user.refreshToken,
    });
    expect(refresh.body.code).toBe(40002);
  });

  it('accepts Authorization: Bearer, and no token in a cookie or query', async () => {
    const call = (headers: Record<string, string>, query = '') =>
      app.http.with(headers).get(`/api/v1/user/sessions${query}`);
    const ok = await call({ authorization: `Bearer ${app.admin.accessToken}` });
    expect(ok.status).toBe(200);
    const cookie = await call({ cookie: `token=${app.admin.accessToken}` });
    expect([cookie.status, cookie.body.code]).toEqual([401, 40000]);
    const query = await call({}, `?token=${app.admin.accessToken}`);
    expect(query.body.code).toBe(40000);
  });

  it('rejects administrator calls of an ordinary user', async () => {
    const user = await signUpUser(app, app.admin);
    const answer = await user.http.get('/api/v1/user/admin/inviteCode');
    expect([answer.status, answer.body.code]).toEqual([403, 40300]);
  });
});
