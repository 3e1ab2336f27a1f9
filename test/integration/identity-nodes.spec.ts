import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { passwordDigest } from '../../src/auth/passwords/password-digest';
import {
  signIn,
  signUpAdmin,
  signUpUser,
  succeeded,
  type SignedIn,
} from '../support/factories/users';
import { queriesDuring } from '../support/query-counter';
import {
  createInstallation,
  startTestApp,
  type TestApp,
  type TestInstallation,
} from '../support/test-app';

/** A way to Redis that can be cut, so that it is away for one node only and for nobody else. */
class CuttableLink {
  private readonly sockets = new Set<Socket>();
  private cut = false;
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(target: URL): Promise<CuttableLink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const link = new CuttableLink(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => {
      if (link.cut) return void client.destroy();
      const upstream = connect(Number(target.port || 6379), target.hostname);
      for (const socket of [client, upstream]) {
        link.sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          link.sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream).pipe(client);
    });
    return link;
  }

  break(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.break();
    this.server.close();
  }
}

describe('one installation on two nodes', () => {
  let installation: TestInstallation;
  let one: TestApp;
  let two: TestApp;
  let link: CuttableLink;
  let admin: SignedIn;
  beforeAll(async () => {
    installation = await createInstallation();
    const redisUrl = new URL(installation.environment['REDIS_URL'] ?? '');
    link = await CuttableLink.to(redisUrl);
    const through = new URL(redisUrl);
    through.hostname = '127.0.0.1';
    through.port = String(link.port);
    one = await startTestApp({}, installation);
    two = await startTestApp({ REDIS_URL: through.href }, installation);
    admin = await signUpAdmin(one);
  });
  afterAll(async () => {
    await one.close();
    await two.close();
    link.close();
    await installation.destroy();
  });

  const meOn = (node: TestApp, user: SignedIn) =>
    node.http.as(user.accessToken).get('/api/v1/user/me');
  const codeOn = async (node: TestApp, user: SignedIn): Promise<number> =>
    (await meOn(node, user)).body.code as number;
  const adminCall = async (node: TestApp, path: string): Promise<void> => {
    succeeded(await node.http.as(admin.accessToken).post(`/api/v1/user/${path}`));
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
        via.http.as(admin.accessToken).post(`/api/v1/user/modifyPassword/${user.uid}`, {
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

  it.each(losses)('holds %s on the other node on the very next request', async (_w, act, code) => {
    for (let round = 0; round < 5; round++) {
      for (const [near, far] of [
        [one, two],
        [two, one],
      ] as const) {
        const user = await signUpUser(one, admin);
        expect([await codeOn(near, user), await codeOn(far, user)]).toEqual([20000, 20000]);
        await act(user, near);
        expect([await codeOn(far, user), await codeOn(near, user)]).toEqual([code, code]);
      }
    }
  });

  it('holds a demotion on the other node on the very next request', async () => {
    const user = await signUpUser(one, admin);
    const listOn = async (node: TestApp) =>
      (await node.http.as(user.accessToken).get('/api/v1/user/admin/list')).body.code as number;
    await adminCall(one, `admin/modifyRole/${user.uid}?role=1`);
    expect(await listOn(two)).toBe(20000);
    await adminCall(one, `admin/modifyRole/${user.uid}?role=0`);
    expect(await listOn(two)).toBe(40300);
  });

  it('holds under load: no request begun after the ban is let through', async () => {
    const user = await signUpUser(one, admin);
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

  it('asks the database nothing for a request in the steady state', async () => {
    const user = await signUpUser(one, admin);
    const path = '/api/v1/user/admin/list'; // refused by the guard alone: nothing of it is the handler's
    const call = () => one.http.as(user.accessToken).get(path);
    expect((await call()).status).toBe(403);
    const queries = await queriesDuring(one.dataSource, async () => {
      for (let i = 0; i < 300; i++) await call();
    });
    expect(queries.filter((query) => /\b(users|auth_sessions)\b/.test(query))).toEqual([]);
    // The lease is renewed by the clock and not by the request: three statements a second at most.
    const lease = queries.filter((query) => /\b(auth_nodes|auth_changes)\b/.test(query));
    expect(lease.length).toBeLessThan(40);
  });

  describe('when Redis is away from one node', () => {
    beforeAll(() => link.break());

    it.each(losses)('still holds %s on the very next request, both ways', async (_w, act, code) => {
      for (const [near, far] of [
        [one, two],
        [two, one],
      ] as const) {
        const user = await signUpUser(one, admin);
        expect([await codeOn(near, user), await codeOn(far, user)]).toEqual([20000, 20000]);
        await act(user, near);
        expect([await codeOn(far, user), await codeOn(near, user)]).toEqual([code, code]);
      }
    });

    it('holds while the cut-off node is kept busy, so that its lease never lapses', async () => {
      const user = await signUpUser(one, admin);
      let stop = false;
      const hammer = (async () => {
        while (!stop) await codeOn(two, admin);
      })();
      expect(await codeOn(two, user)).toBe(20000);
      const begun = performance.now();
      await adminCall(one, `admin/modifyStatus/${user.uid}?status=1`);
      expect(await codeOn(two, user)).toBe(60102);
      expect(performance.now() - begun).toBeLessThan(4000);
      stop = true;
      await hammer;
    });
  });
});
