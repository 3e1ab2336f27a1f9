import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { ApiProcess } from '../../support/api-process';
import { TcpProxy } from '../../support/tcp-proxy';
import { startTestApp } from '../../support/test-app';

describe('identity over several processes', () => {
  let app: AppWithAdmin;
  let other: ApiProcess;
  beforeAll(async () => {
    app = await startAppWithAdmin();
    other = await ApiProcess.start(app.environment);
  });
  afterAll(async () => {
    await other.kill('SIGTERM');
    await app.close();
  });

  const setStatus = async (user: SignedIn, status: number) =>
    succeeded(
      await app.admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=${status}`),
    );

  it('enforces a ban in another process from the next request on, thirty times', async () => {
    const user = await signUpUser(app, app.admin);
    const there = other.http.as(user.accessToken);
    const took: number[] = [];
    for (let i = 0; i < 30; i++) {
      expect((await there.get('/api/v1/user/me')).status).toBe(200);
      const begun = performance.now();
      await setStatus(user, 1);
      took.push(performance.now() - begun);
      expect((await there.get('/api/v1/user/me')).body.code).toBe(60102);
      await setStatus(user, 0);
    }
    took.sort((a, b) => a - b);
    process.stderr.write(
      `a ban is answered, with one other process, after ${took[15]?.toFixed(0)} ms (median)\n`,
    );
  });

  it('answers a ban within seconds when another process was killed', async () => {
    const third = await ApiProcess.start(app.environment);
    const user = await signUpUser(app, app.admin);
    expect((await third.http.as(user.accessToken).get('/api/v1/user/me')).status).toBe(200);
    await third.kill('SIGKILL');
    const begun = performance.now();
    await setStatus(user, 1);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect((await other.http.as(user.accessToken).get('/api/v1/user/me')).body.code).toBe(60102);
  });
});

describe('identity while the database is away', () => {
  it('answers from its cache until the lease ends, then with 503, admits no banned call and recovers', async () => {
    const { proxy, url } = await TcpProxy.beforeUrl(process.env['TEST_DATABASE_URL'] ?? '');
    const whole = await startAppWithAdmin();
    const own = new URL(whole.environment['DATABASE_URL'] ?? '');
    own.host = new URL(url).host;
    const installation = { environment: whole.environment, destroy: async () => undefined };
    const cutOff = await startTestApp({ DATABASE_URL: own.href }, installation);
    try {
      const user = await signUpUser(whole, whole.admin);
      const refused = () => cutOff.http.as(user.accessToken).get('/api/v1/user/admin/list');
      expect((await refused()).body.code).toBe(40300);
      await proxy.cut();
      expect((await refused()).body.code).toBe(40300);
      // While the node cannot hear of it, the user is banned: the ban is answered once its lease is over.
      succeeded(
        await whole.admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=1`),
      );
      const away = await refused();
      expect([away.status, away.body.code]).toEqual([503, 50000]);
      const login = { user_name: user.name, password: user.password };
      const signIn = await cutOff.http.post('/api/v1/user/login', login);
      expect([signIn.status, signIn.body.code]).toEqual([503, 50000]);
      await proxy.restore();
      expect((await refused()).body.code).toBe(60102);
    } finally {
      await proxy.restore();
      await cutOff.close();
      await whole.close();
      await proxy.cut();
    }
  });
});
