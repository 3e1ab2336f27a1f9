import { passwordDigest } from '../../src/auth/passwords/password-digest';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { useApp } from '../support/app-with-admin';
import { signIn, signUpUser, uniqueName, type SignedIn } from '../support/factories/users';
import type { HttpClient } from '../support/http-client';
import { OpenApiValidator } from '../support/openapi-validator';

const nobody = '00000000-0000-4000-8000-000000000000';
const password = passwordDigest('secret');

describe('answers of the user routes', () => {
  const app = useApp({ THROTTLE_REFRESH: '3/60' });
  let user: SignedIn;
  let document: OpenApiValidator;
  beforeAll(async () => {
    document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    user = await signUpUser(app, app.admin);
  });

  it('match the document for every call, success and failure', async () => {
    const problems: string[] = [];
    const seen = new Map<string, Set<number>>();
    const call = async (http: HttpClient, method: string, path: string, body?: unknown) => {
      const answer = await http.send(method, `/api/v1/user/${path}`, body);
      problems.push(...document.problemsOf(method, `/api/v1/user/${path}`, answer));
      const name = `${method} ${path.replace(/\?.*/, '')}`;
      seen.set(name, (seen.get(name) ?? new Set()).add(answer.status));
      return answer.body.data;
    };
    const anybody = app.http;
    await call(anybody, 'GET', 'registration');
    const [code] = await call(app.admin.http, 'GET', 'admin/inviteCode?note=x&expired=0');
    await call(app.admin.http, 'GET', 'admin/inviteCode?count=0');
    await call(user.http, 'GET', 'admin/inviteCode');
    await call(app.admin.http, 'GET', 'admin/inviteCode?count=1024');
    const name = uniqueName();
    await call(anybody, 'POST', 'register', { user_name: name, password, invite_code: code });
    await call(anybody, 'POST', 'register', { user_name: name, password });
    await call(anybody, 'POST', 'register', { user_name: '', password });
    const { refresh_token } = await call(anybody, 'POST', 'login', { user_name: name, password });
    await call(anybody, 'POST', 'login', { user_name: name, password: passwordDigest('x') });
    await call(anybody, 'POST', 'refresh', { refresh_token });
    await call(anybody, 'POST', 'refresh', { refresh_token: 'x' });
    await call(anybody, 'POST', 'refresh', { refresh_token: 'x' });
    await call(anybody, 'POST', 'refresh', { refresh_token: 'x' });
    await call(user.http, 'GET', 'me');
    await call(anybody, 'GET', 'me');
    await signIn(app, user);
    const [other] = await call(user.http, 'GET', 'sessions');
    await call(user.http, 'DELETE', `sessions/${other.sid}`);
    await call(user.http, 'DELETE', `sessions/${nobody}`);
    await call(user.http, 'DELETE', 'sessions/x');
    await signIn(app, user);
    const [theirs] = await call(app.admin.http, 'GET', `admin/sessions/${user.uid}`);
    await call(app.admin.http, 'GET', `admin/sessions/${nobody}`);
    await call(app.admin.http, 'DELETE', `admin/sessions/${user.uid}/${theirs.sid}`);
    await call(app.admin.http, 'DELETE', `admin/sessions/${user.uid}/${theirs.sid}`);
    await call(user.http, 'DELETE', `admin/sessions/${user.uid}/${theirs.sid}`);
    const change = { old_password: user.password, new_password: password };
    await call(user.http, 'POST', `modifyPassword/${user.uid}`, change);
    await call(user.http, 'POST', `modifyPassword/${user.uid}`, change);
    await call(user.http, 'POST', `modifyPassword/${nobody}`, change);
    await call(app.admin.http, 'POST', `modifyPassword/${nobody}`, { new_password: password });
    await call(app.admin.http, 'POST', 'admin/add', { user_name: uniqueName(), password });
    await call(app.admin.http, 'POST', 'admin/add', { user_name: name, password });
    await call(app.admin.http, 'GET', 'admin/list?sort=user_name');
    await call(app.admin.http, 'GET', 'admin/list?sort=x');
    for (const [path, query] of [
      ['modifyStatus', 'status=3'],
      ['modifyRole', 'role=0'],
      ['quota', 'quota=5'],
      ['approve', ''],
    ]) {
      await call(app.admin.http, 'POST', `admin/${path}/${user.uid}?${query}`);
      await call(app.admin.http, 'POST', `admin/${path}/${nobody}?${query}`);
      await call(app.admin.http, 'POST', `admin/${path}/x?${query}`);
      await call(user.http, 'POST', `admin/${path}/${user.uid}?${query}`);
    }
    await call(app.admin.http, 'POST', `admin/modifyStatus/${app.admin.uid}?status=2`);
    await call(app.admin.http, 'GET', `admin/${user.uid}`);
    await call(app.admin.http, 'GET', `admin/${nobody}`);
    const ban = { address: '203.0.113.0/24', reason: 'x', expired: Date.now() + 60_000 };
    const { id } = await call(app.admin.http, 'POST', 'admin/bannedIp', ban);
    await call(app.admin.http, 'POST', 'admin/bannedIp', ban);
    await call(app.admin.http, 'POST', 'admin/bannedIp', { address: '::1' });
    await call(app.admin.http, 'GET', 'admin/bannedIp');
    await call(app.admin.http, 'DELETE', `admin/bannedIp/${id}`);
    await call(app.admin.http, 'DELETE', `admin/bannedIp/${id}`);
    await call(app.admin.http, 'GET', 'admin/inviteCodes?state=used');
    await call(app.admin.http, 'GET', 'admin/inviteCodes?state=new');
    await call(app.admin.http, 'DELETE', `admin/inviteCode/${code}`);
    await call(app.admin.http, 'DELETE', 'admin/inviteCode/x');
    await call(app.admin.http, 'GET', 'admin/audit?limit=500');
    await call(app.admin.http, 'GET', 'admin/audit?outcome=x');
    await call(user.http, 'POST', 'logout');
    await call(user.http, 'POST', 'logout');
    expect(problems).toEqual([]);

    const documented = document.calls.filter((c) => c.template.startsWith('/api/v1/user/'));
    const succeeded = [...seen].filter(([, statuses]) => statuses.has(200));
    expect(succeeded).toHaveLength(documented.length);
    expect([...seen.values()].flatMap((s) => [...s])).toEqual(
      expect.arrayContaining([200, 400, 401, 403, 404, 409, 429]) as unknown,
    );
  });
});
