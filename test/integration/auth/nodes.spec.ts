import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { signIn, signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/measures/query-counter';
import { TcpProxy } from '../../support/tcp-proxy';
import {
  createInstallation,
  startTestApp,
  type TestApp,
  type TestInstallation,
} from '../../support/test-app';

describe('one installation on two nodes', () => {
  let installation: TestInstallation;
  let one: AppWithAdmin;
  let two: TestApp;
  let redis: TcpProxy;
  beforeAll(async () => {
    installation = await createInstallation();
    const { proxy, url } = await TcpProxy.beforeUrl(installation.environment['REDIS_URL'] ?? '');
    redis = proxy;
    one = await startAppWithAdmin({}, installation);
    two = await startTestApp({ REDIS_URL: url }, installation);
  });
  afterAll(async () => {
    await one.close();
    await redis.restore();
    await pollUntil(
      'Redis to answer',
      async () => (await two.http.get('/health/ready')).status === 200,
    );
    await two.close();
    await redis.cut();
    await installation.destroy();
  });

  const meOn = (node: TestApp, user: SignedIn) =>
    node.http.as(user.accessToken).get('/api/v1/user/me');
  const codeOn = async (node: TestApp, user: SignedIn): Promise<number> =>
    (await meOn(node, user)).body.code as number;
  const adminCall = async (node: TestApp, path: string): Promise<void> => {
    succeeded(await node.http.as(one.admin.accessToken).post(`/api/v1/user/${path}`));
  };

  /** Each way to lose access, by whom it is caused, and the code that the very next request gets. */
  const losses: [string, (user: SignedIn, via: TestApp) => Promise<unknown>, number][] = [
    ['a ban', (user, via) => adminCall(via, `admin/modifyStatus/${user.uid}?status=1`), 60102],
    [
      'deregistration',
      (user, via) => adminCall(via, `admin/modifyStatus/${user.uid}?status=2`),
      40002,
    ],
    ['a logout', (user, via) => via.http.as(user.accessToken).post('/api/v1/user/logout'), 40002],
    [
      'a password reset',
      (user, via) =>
        via.http.as(one.admin.accessToken).post(`/api/v1/user/modifyPassword/${user.uid}`, {
          new_password: passwordDigest('fresh'),
        }),
      40002,
    ],
    [
      'removal of the session',
      async (user, via) => {
        const other = await signIn(via, user);
        const { body } = await other.http.get('/api/v1/user/sessions');
        const session = body.data.find((entry: { current: boolean }) => !entry.current);
        return succeeded(await other.http.delete(`/api/v1/user/sessions/${session.sid}`));
      },
      40002,
    ],
  ];

  it.each(losses)(
    'enforces %s on the other node from the next request on',
    async (_w, act, code) => {
      for (let round = 0; round < 5; round++) {
        for (const [near, far] of [
          [one, two],
          [two, one],
        ] as const) {
          const user = await signUpUser(one, one.admin);
          expect([await codeOn(near, user), await codeOn(far, user)]).toEqual([20000, 20000]);
          await act(user, near);
          expect([await codeOn(far, user), await codeOn(near, user)]).toEqual([code, code]);
        }
      }
    },
  );

  it('enforces a demotion on the other node from the next request on', async () => {
    const user = await signUpUser(one, one.admin);
    const listOn = async (node: TestApp) =>
      (await node.http.as(user.accessToken).get('/api/v1/user/admin/list')).body.code as number;
    await adminCall(one, `admin/modifyRole/${user.uid}?role=1`);
    expect(await listOn(two)).toBe(20000);
    await adminCall(one, `admin/modifyRole/${user.uid}?role=0`);
    expect(await listOn(two)).toBe(40300);
  });

  it('rejects every request that starts after the ban, under load', async () => {
    const user = await signUpUser(one, one.admin);
    let bannedAt = Number.POSITIVE_INFINITY;
    let stop = false;
    const late: number[] = [];
    const hammer = async (node: TestApp) => {
      while (!stop) {
        const begun = performance.now();
        const code = await codeOn(node, user);
        if (begun > bannedAt && code !== 60102) late.push(code);
      }
    };
    const hammers = [one, two, one, two].map(hammer);
    for (let round = 0; round < 8; round++) {
      await adminCall(one, `admin/modifyStatus/${user.uid}?status=1`);
      bannedAt = performance.now();
      for (let i = 0; i < 5; i++) await codeOn(two, user);
      bannedAt = Number.POSITIVE_INFINITY;
      await adminCall(two, `admin/modifyStatus/${user.uid}?status=0`);
    }
    stop = true;
    await Promise.all(hammers);
    expect(late).toEqual([]);
  });

  it('needs no database query for a request in the steady state', async () => {
    const user = await signUpUser(one, one.admin);
    const path = '/api/v1/user/admin/list'; // refused by the guard alone: nothing of it is the handler's
    const call = () => one.http.as(user.accessToken).get(path);
    expect((await call()).status).toBe(403);
    const begun = performance.now();
    const queries = await queriesDuring(one.dataSource, async () => {
      for (let i = 0; i < 300; i++) await call();
    });
    const seconds = (performance.now() - begun) / 1000;
    // What the dispatcher of computations asks on its own clock is not the requests' doing. Only a
    // lease that could not be renewed in its 2.5 s makes the node read an account again.
    const aboutAccounts = queries.filter(
      (query) => /\b(users|auth_sessions)\b/.test(query) && !query.includes('compute_tasks'),
    );
    expect(aboutAccounts.length).toBeLessThanOrEqual(Math.floor(seconds / 2.5));
    // The lease is renewed by the clock and not by the request: three statements a second at most.
    const lease = queries.filter((query) => /\b(auth_nodes|auth_changes)\b/.test(query));
    expect(lease.length).toBeLessThanOrEqual(3 * (seconds + 1));
  });

  describe.each([
    ['is away from one node', () => redis.cut()],
    ['hangs for one node', () => redis.restore().then(() => redis.stall())],
  ])('when Redis %s', (_what, disturb) => {
    beforeAll(disturb);

    it('still enforces each loss of access from the next request on, in both directions', async () => {
      const enforced = async ([what, act, code]: (typeof losses)[number]): Promise<void> => {
        for (const [near, far] of [
          [one, two],
          [two, one],
        ] as const) {
          const user = await signUpUser(one, one.admin);
          expect([what, await codeOn(near, user), await codeOn(far, user)]).toEqual([what, 20000, 20000]); // prettier-ignore
          await act(user, near);
          expect([what, await codeOn(far, user), await codeOn(near, user)]).toEqual([what, code, code]); // prettier-ignore
        }
      };
      await Promise.all(losses.map(enforced));
    });

    it('enforces a ban on a busy node that Redis does not reach', async () => {
      const user = await signUpUser(one, one.admin);
      let stop = false;
      const hammer = (async () => {
        while (!stop) await codeOn(two, one.admin);
      })();
      expect(await codeOn(two, user)).toBe(20000);
      const begun = performance.now();
      await adminCall(one, `admin/modifyStatus/${user.uid}?status=1`);
      expect(await codeOn(two, user)).toBe(60102);
      expect(performance.now() - begun).toBeLessThan(5000);
      stop = true;
      await hammer;
    });
  });
});
