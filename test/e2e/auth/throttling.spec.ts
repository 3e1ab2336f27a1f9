import { Redis } from 'ioredis';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { issueCode, signUpUser, uniqueName, type SignedIn } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';
import { TcpProxy } from '../../support/tcp-proxy';

const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)));
const wrong = passwordDigest('wrong');
let lastHost = 0;
/** An address that no other test comes from. */
const newAddress = () => `198.51.100.${(lastHost += 1)}`;

/** A refusal for being too quick: the documented code, and when to come back. */
const expectThrottled = (answer: HttpAnswer, atMostSeconds: number) => {
  expect([answer.status, answer.body.code]).toEqual([429, 30000]);
  const wait = Number(answer.headers.get('retry-after'));
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(atMostSeconds);
};

describe.each([
  ['with Redis', false],
  ['while Redis is away', true],
])('throttling %s', (_what, away) => {
  let app: AppWithAdmin;
  let redis: TcpProxy;
  beforeAll(async () => {
    const { proxy, url } = await TcpProxy.beforeUrl(process.env['TEST_REDIS_URL'] ?? '');
    redis = proxy;
    app = await startAppWithAdmin({
      REDIS_URL: url,
      TRUSTED_PROXIES: '127.0.0.1',
      THROTTLE_LOGIN: '20/60',
      THROTTLE_REGISTER: '3/3600',
      THROTTLE_REFRESH: '4/60',
    });
    if (away) await redis.cut();
  });
  afterAll(async () => {
    if (away) await redis.restore();
    await app.close();
    await redis.cut();
  });

  const from = (address: string) => app.http.with({ 'x-forwarded-for': address });
  const login = (address: string, user_name: string, password: string) =>
    from(address).post('/api/v1/user/login', { user_name, password });

  it('limits an address to 20 logins a minute, successful ones included, and no other address', async () => {
    const address = newAddress();
    for (let i = 0; i < 20; i++)
      expect((await login(address, uniqueName(), wrong)).status).toBe(401);
    expectThrottled(await login(address, app.admin.name, app.admin.password), 60);
    expect((await login(newAddress(), app.admin.name, app.admin.password)).status).toBe(200);
  });

  it('limits an address to 5 wrong passwords per name, known or unknown', async () => {
    const user = await registered();
    for (const name of [user.name, uniqueName()]) {
      const address = newAddress();
      for (let i = 0; i < 5; i++) expect((await login(address, name, wrong)).status).toBe(401);
      expectThrottled(await login(address, name.toUpperCase(), user.password), 900);
    }
    expect((await login(newAddress(), user.name, user.password)).status).toBe(200);
  });

  it('verifies no more guesses than allowed when they come in parallel', async () => {
    const user = await registered();
    const statuses = (answers: HttpAnswer[]) => answers.map(({ status }) => status).sort();
    const address = newAddress();
    const near = await times(18, () => login(address, user.name, wrong));
    expect(statuses(near)).toEqual([...Array(5).fill(401), ...Array(13).fill(429)]);
    const other = await registered();
    const addresses = Array.from({ length: 25 }, newAddress);
    const far = await times(25, (i) => login(addresses[i] ?? '', other.name, wrong));
    expect(statuses(far)).toEqual([...Array(10).fill(401), ...Array(15).fill(429)]);
  });

  it('admits 20 correct sign-ins at the same time, from one address and from many', async () => {
    const user = await registered();
    const near = newAddress();
    const statuses = (answers: HttpAnswer[]) => answers.map(({ status }) => status);
    const fromOne = await times(20, () => login(near, user.name, user.password));
    expect(statuses(fromOne)).toEqual(Array(20).fill(200));
    const fromMany = await times(20, () => login(newAddress(), user.name, user.password));
    expect(statuses(fromMany)).toEqual(Array(20).fill(200));
    // Nothing is left of them: 20 wrong ones get no more and no fewer guesses than before.
    const address = newAddress();
    const guesses = await times(20, () => login(address, user.name, wrong));
    expect(statuses(guesses).sort()).toEqual([...Array(5).fill(401), ...Array(15).fill(429)]);
  });

  it('pauses a name for seconds after 10 wrong passwords from anywhere, except from known addresses', async () => {
    const user = await registered();
    const home = newAddress();
    expect((await login(home, user.name, user.password)).status).toBe(200);
    for (let i = 0; i < 10; i++)
      expect((await login(newAddress(), user.name, wrong)).status).toBe(401);
    expectThrottled(await login(newAddress(), user.name, user.password), 5);
    expect((await login(home, user.name, user.password)).status).toBe(200);
    // Signing in has cleared the count: there is no lock that lasts.
    expect((await login(newAddress(), user.name, user.password)).status).toBe(200);
  });

  it('limits registrations per address and hour before it checks the code', async () => {
    const address = newAddress();
    const code = await issueCode(app.admin);
    const register = (invite_code: string) =>
      from(address).post('/api/v1/user/register', {
        user_name: uniqueName(),
        password: wrong,
        invite_code,
      });
    for (let i = 0; i < 3; i++) expect((await register('x')).body.code).toBe(60202);
    expectThrottled(await register(code), 3600);
  });

  it('limits refreshes per address and minute', async () => {
    const address = newAddress();
    const refresh = () => from(address).post('/api/v1/user/refresh', { refresh_token: 'x' });
    for (let i = 0; i < 4; i++) expect((await refresh()).body.code).toBe(40002);
    expectThrottled(await refresh(), 60);
  });

  it('counts by the client address, not by a forged X-Forwarded-For', async () => {
    const address = newAddress();
    const call = (claim: string) =>
      from(`${claim}, ${address}`).post('/api/v1/user/refresh', { refresh_token: 'x' });
    for (let i = 0; i < 4; i++) await call(newAddress());
    expectThrottled(await call(newAddress()), 60);
  });

  it('counts an IPv6 network of 64 bits as one source', async () => {
    const net = newAddress().split('.')[3] ?? '';
    const call = (address: string) =>
      from(address).post('/api/v1/user/refresh', { refresh_token: 'x' });
    for (let i = 0; i < 4; i++) await call(`2001:db8:${net}:1::${i}`);
    expectThrottled(await call(`2001:db8:${net}:1:ffff::9`), 60);
    expect((await call(`2001:db8:${net}:2::1`)).body.code).toBe(40002);
  });

  it('limits guesses of the old password with a stolen token', async () => {
    const user = await registered();
    const change = (old_password: string) =>
      user.http
        .with({ 'x-forwarded-for': newAddress() })
        .post(`/api/v1/user/modifyPassword/${user.uid}`, { old_password, new_password: wrong });
    for (let i = 0; i < 10; i++) expect((await change(wrong)).body.code).toBe(60101);
    expectThrottled(await change(user.password), 5);
  });

  async function registered(): Promise<SignedIn> {
    const { uid, name, password } = await addUser();
    const { body } = await login(newAddress(), name, password);
    const accessToken = body.data.access_token as string;
    return {
      uid,
      name,
      password,
      role: 0,
      accessToken,
      refreshToken: body.data.refresh_token,
      http: app.http.as(accessToken),
    };
  }

  async function addUser() {
    const name = uniqueName();
    const password = passwordDigest(name);
    const { body } = await app.admin.http.post('/api/v1/user/admin/add', {
      user_name: name,
      password,
    });
    return { uid: body.data.uid as string, name, password };
  }
});

describe('an address from which the owner signed in', () => {
  it('is known for 30 days', async () => {
    const app = await startAppWithAdmin({ THROTTLE_LOGIN: '20/60' });
    const redis = new Redis(app.settings.redisUrl ?? '');
    try {
      const { name, password } = app.admin;
      const answer = await app.http.post('/api/v1/user/login', { user_name: name, password });
      expect(answer.status).toBe(200);
      const [key = ''] = await redis.keys(`${app.settings.redisPrefix}:throttle:known:*`);
      const days = (await redis.ttl(key)) / (24 * 3600);
      expect(days).toBeGreaterThan(29.9);
      expect(days).toBeLessThanOrEqual(30);
    } finally {
      redis.disconnect();
      await app.close();
    }
  });
});

describe('throttling of all requests', () => {
  it('is off by default and counts by address when set', async () => {
    const app = await startAppWithAdmin({ THROTTLE_ALL: '30/60', TRUSTED_PROXIES: '127.0.0.1' });
    try {
      await signUpUser(app, app.admin);
      let answer = await app.admin.http.get('/api/v1/user/me');
      for (let i = 0; i < 40 && answer.status === 200; i++)
        answer = await app.admin.http.get('/api/v1/user/me');
      expectThrottled(answer, 60);
      const elsewhere = app.admin.http.with({ 'x-forwarded-for': newAddress() });
      expect((await elsewhere.get('/api/v1/user/me')).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
