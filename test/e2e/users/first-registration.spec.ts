import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { SetupToken } from '../../../src/users/setup-token';
import { uniqueName } from '../../support/factories/users';
import { HttpClient, type HttpAnswer } from '../../support/http-client';
import { createInstallation, startTestApp, type TestApp } from '../../support/test-app';

describe('the first registration', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const file = () => join(app.settings.dataDir, 'secrets', 'setup-token');
  const register = (headers: Record<string, string>, path = '/api/v1/user/register') =>
    new HttpClient(app.url).with(headers).post(path, {
      user_name: uniqueName(),
      password: passwordDigest('x'),
    });

  it('is refused through a proxy without the set-up token, in words that say where it is', async () => {
    const attempts: Record<string, string>[] = [
      { 'x-forwarded-for': '127.0.0.1' },
      { forwarded: 'for=127.0.0.1', 'setup-token': '' },
      { via: '1.1 proxy', 'setup-token': '0'.repeat(32) },
    ];
    for (const headers of attempts) {
      const answer = await register({ ...headers, 'accept-language': 'en' });
      expect([answer.status, answer.body.code]).toEqual([403, 40300]);
      expect(answer.body.msg).toContain('secrets/setup-token');
    }
    const zh = await register({ 'x-forwarded-for': '127.0.0.1' });
    expect(zh.body.msg).toContain('安装令牌');
    const users: object[] = await app.dataSource.query('SELECT id FROM users');
    expect(users).toEqual([]);
  });

  it('is permitted with the token of the file that only the owner can read, once', async () => {
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const token = readFileSync(file(), 'utf8').trim();
    expect(token).toBe(app.app.get(SetupToken).value);
    const proxied = { 'x-forwarded-for': '203.0.113.7', 'setup-token': token };
    expect((await register(proxied)).body.code).toBe(20000);
    expect(existsSync(file())).toBe(false);
    expect((await register(proxied)).body.code).toBe(60202);
  });

  it('takes another token where all accounts are lost, or the database is made anew', async () => {
    const tokens: string[] = [];
    const lost = await createInstallation();
    const anew = await createInstallation({ DATA_DIR: lost.environment['DATA_DIR'] });
    const claim = ({ url }: TestApp, token = ''): Promise<HttpAnswer> =>
      new HttpClient(url)
        .with({ via: '1.1 proxy', 'setup-token': token })
        .post('/api/v1/user/register', { user_name: uniqueName(), password: passwordDigest('x') });
    try {
      for (const installation of [lost, lost, anew]) {
        const sut = await startTestApp({}, installation);
        try {
          for (const old of tokens) expect((await claim(sut, old)).body.code).toBe(40300);
          const token = sut.app.get(SetupToken).value;
          expect((await claim(sut, token)).body.code).toBe(20000);
          tokens.push(token);
          await sut.dataSource.query('DELETE FROM users');
          await sut.dataSource.query('UPDATE system_state SET firstAdminAt = NULL');
        } finally {
          await sut.close();
        }
      }
    } finally {
      await lost.destroy();
      await anew.destroy();
    }
    expect(new Set(tokens).size).toBe(3);
  });
});
