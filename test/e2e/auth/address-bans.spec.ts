import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { startAppWithAdmin, useApp } from '../../support/app-with-admin';
import { issueCode, signUpUser, uniqueName, type SignedIn } from '../../support/factories/users';
import type { HttpAnswer } from '../../support/http-client';

const outcome = (answer: HttpAnswer): unknown[] => [answer.status, answer.body.code];
const task = { pid: '2333', ctdna: '213', cpg: '4' };

describe('address bans behind a trusted proxy', () => {
  const app = useApp({ TRUSTED_PROXIES: '127.0.0.1,10.9.0.0/16' });
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
  });

  const ban = async (address: string, extra: object = {}): Promise<HttpAnswer> =>
    app.admin.http.post('/api/v1/user/admin/bannedIp', { address, ...extra });
  const lift = (id: number) => app.admin.http.delete(`/api/v1/user/admin/bannedIp/${id}`);
  const computeFrom = async (forwarded: string): Promise<number> =>
    (await user.http.with({ 'x-forwarded-for': forwarded }).post('/api/v1/compute/add', task)).body
      .code as number;

  it('blocks computing, registration and login from a banned address, and nothing else', async () => {
    const address = '203.0.113.7';
    const banned = await ban(address, { reason: 'guessing' });
    expect(banned.body.data).toMatchObject({
      address,
      reason: 'guessing',
      expired: null,
      active: true,
    });
    const from = app.http.with({ 'x-forwarded-for': address });
    expect(await computeFrom(address)).toBe(40303);
    const login = { user_name: user.name, password: user.password };
    expect(outcome(await from.post('/api/v1/user/login', login))).toEqual([403, 40303]);
    const register = {
      user_name: uniqueName(),
      password: passwordDigest('x'),
      invite_code: await issueCode(app.admin),
    };
    expect(outcome(await from.post('/api/v1/user/register', register))).toEqual([403, 40303]);
    const refresh = { refresh_token: user.refreshToken };
    expect(outcome(await from.post('/api/v1/user/refresh', refresh))).toEqual([403, 40303]);
    const me = user.http.with({ 'x-forwarded-for': address });
    expect((await me.get('/api/v1/user/me')).status).toBe(200);
    expect((await lift(banned.body.data.id)).status).toBe(200);
    expect(await computeFrom(address)).toBe(20000);
  });

  it('checks the token first, then the address, then the compute ban', async () => {
    const address = '203.0.113.8';
    const { body } = await ban(address);
    const from = app.http.with({ 'x-forwarded-for': address });
    expect(outcome(await from.post('/api/v1/compute/add', task))).toEqual([401, 40000]);
    const other = await signUpUser(app, app.admin);
    await app.admin.http.post(`/api/v1/user/admin/modifyStatus/${other.uid}?status=3`);
    const banned = await other.http
      .with({ 'x-forwarded-for': address })
      .post('/api/v1/compute/add', task);
    expect(outcome(banned)).toEqual([403, 40303]);
    const elsewhere = await other.http.post('/api/v1/compute/add', task);
    expect(outcome(elsewhere)).toEqual([403, 40304]);
    await lift(body.data.id);
  });

  it.each([
    ['198.51.100.0/24', '198.51.100.255', '198.51.101.0'],
    ['2001:db8:1::/48', '2001:db8:1:ffff::1', '2001:db8:2::1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:192.0.2.10'],
    ['192.0.2.17', '::FFFF:c000:0211', '192.0.2.18'],
  ])('ban of %s blocks the client %s and not %s', async (network, inside, outside) => {
    const { body } = await ban(network);
    expect(await computeFrom(inside)).toBe(40303);
    expect(await computeFrom(outside)).toBe(20000);
    await lift(body.data.id);
  });

  it('a forged X-Forwarded-For neither evades nor causes a ban', async () => {
    const { body } = await ban('203.0.113.66');
    // Whatever the client wrote stands on the left; the proxy added the rightmost entry.
    expect(await computeFrom('192.0.2.33, 203.0.113.66')).toBe(40303);
    expect(await computeFrom('127.0.0.1, 203.0.113.66')).toBe(40303);
    expect(await computeFrom('10.9.0.1, 203.0.113.66')).toBe(40303);
    expect(await computeFrom('garbage, 203.0.113.66')).toBe(40303);
    expect(await computeFrom('203.0.113.66, 192.0.2.33')).toBe(20000);
    expect(await computeFrom('203.0.113.66, 10.9.0.1')).toBe(40303); // two trusted proxies
    await lift(body.data.id);
  });

  it('expires at its end time', async () => {
    const { body } = await ban('192.0.2.77', { expired: Date.now() + 700 });
    expect(await computeFrom('192.0.2.77')).toBe(40303);
    while (Date.now() <= body.data.expired) await computeFrom('192.0.2.78');
    expect(await computeFrom('192.0.2.77')).toBe(20000);
    const again = await ban('192.0.2.77');
    expect(again.status).toBe(200);
    await lift(again.body.data.id);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['IPv6 loopback', '::1'],
    ['a block around loopback', '126.0.0.0/7'],
    ['every IPv4 address', '0.0.0.0/0'],
    ['every IPv6 address', '::/0'],
    ['a trusted proxy', '10.9.3.4'],
    ['a block around a trusted proxy', '10.0.0.0/8'],
    ['every mapped address', '::ffff:0:0/96'],
  ])('refuses to ban %s', async (_what, address) => {
    expect(outcome(await ban(address))).toEqual([400, 30001]);
  });

  it('refuses a ban that covers the caller', async () => {
    const call = app.admin.http.with({ 'x-forwarded-for': '203.0.113.200' });
    const answer = await call.post('/api/v1/user/admin/bannedIp', { address: '203.0.113.128/25' });
    expect(outcome(answer)).toEqual([400, 30001]);
    expect(answer.body.details[0].field).toBe('address');
  });

  it('answers 20001 to a second ban of the same block in any spelling, and 404 to an unknown ban', async () => {
    const { body } = await ban('2001:db8:9::/48');
    expect(outcome(await ban('2001:0DB8:0009:0::1/48'))).toEqual([409, 20001]);
    await lift(body.data.id);
    expect(outcome(await lift(body.data.id))).toEqual([404, 30000]);
  });

  it.each([
    { address: '' },
    { address: 'localhost' },
    { address: '1.2.3' },
    { address: '1.2.3.4/33' },
    { address: '1.2.3.4/' },
    { address: '01.2.3.4' },
    { address: 'fe80::1%eth0' },
    { address: 16909060 },
    {},
    { address: '192.0.2.1', expired: 1 },
    { address: '192.0.2.1', expired: 'soon' },
    { address: '192.0.2.1', reason: 'x'.repeat(201) },
    { address: '192.0.2.1', reason: 'a\u0000b' },
    { address: '192.0.2.1', forever: true },
  ])('refuses %j', async (body) => {
    const answer = await app.admin.http.post('/api/v1/user/admin/bannedIp', body);
    expect(outcome(answer)).toEqual([400, 30001]);
    expect((await app.admin.http.get('/api/v1/user/admin/bannedIp')).body.data.total).toBe(0);
  });

  it('records each ban and its actor in the audit log', async () => {
    const { body } = await app.admin.http.get(
      '/api/v1/user/admin/audit?action=address&target=203.0.113.7',
    );
    expect(body.data.items.map((event: { action: string }) => event.action)).toEqual([
      'address.ban-lifted',
      'address.banned',
    ]);
  });
});

describe('address bans without a proxy', () => {
  it('ignore X-Forwarded-For', async () => {
    const app = await startAppWithAdmin();
    try {
      await app.admin.http.post('/api/v1/user/admin/bannedIp', { address: '203.0.113.7' });
      const answer = await app.admin.http
        .with({
          'x-forwarded-for': '203.0.113.7',
          'x-real-ip': '203.0.113.7',
          forwarded: 'for=203.0.113.7',
        })
        .post('/api/v1/compute/add', task);
      expect(answer.status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
