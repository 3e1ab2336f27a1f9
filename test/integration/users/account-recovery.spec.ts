import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { PasswordHasher } from '../../../src/auth/passwords/password-hasher';
import { SecretFingerprints } from '../../../src/auth/secret-fingerprints';
import { AccountRecovery } from '../../../src/users/account-recovery';
import { useApp } from '../../support/app-with-admin';
import { signIn, uniqueName } from '../../support/factories/users';
import { startTestApp } from '../../support/test-app';

describe(AccountRecovery.name, () => {
  const app = useApp();
  let sut: AccountRecovery;
  beforeAll(async () => {
    sut = new AccountRecovery(app.dataSource, app.app.get(PasswordHasher));
  });

  it('resets the password of a locked-out administrator and ends all sessions while the server runs', async () => {
    expect((await app.admin.http.get('/api/v1/user/me')).status).toBe(200);
    await app.dataSource.query('UPDATE users SET role = 0, status = 1 WHERE uid = ?', [
      app.admin.uid,
    ]);
    expect(await sut.resetAdmin(app.admin.name.toUpperCase(), 'new secret')).toBe('reset');
    expect((await app.admin.http.get('/api/v1/user/me')).body.code).toBe(40002);
    const again = await signIn(app, {
      name: app.admin.name,
      password: passwordDigest('new secret'),
    });
    expect(again).toMatchObject({ uid: app.admin.uid, role: 1 });
    expect((await again.http.get('/api/v1/user/admin/list')).status).toBe(200);
    const audit = await again.http.get('/api/v1/user/admin/audit?action=user.recovered');
    expect(audit.body.data.items).toMatchObject([
      { actor: { uid: 'operator' }, target: { id: app.admin.uid } },
    ]);
    expect(JSON.stringify(audit.body)).not.toContain('new secret');
  });

  it('creates an administrator when the name is unknown', async () => {
    const name = uniqueName();
    expect(await sut.resetAdmin(name, 'x')).toBe('made');
    expect((await signIn(app, { name, password: passwordDigest('x') })).role).toBe(1);
  });

  it('disables the first registration when it creates the first account', async () => {
    const fresh = await startTestApp();
    try {
      const recovery = new AccountRecovery(fresh.dataSource, fresh.app.get(PasswordHasher));
      await recovery.resetAdmin('operator', 'x');
      const answer = await fresh.http.post('/api/v1/user/register', {
        user_name: uniqueName(),
        password: passwordDigest('y'),
      });
      expect(answer.body.code).toBe(60202);
    } finally {
      await fresh.close();
    }
  });

  it('recovers an account after the pepper was lost; every start warns until then', async () => {
    const installation = { environment: app.environment, destroy: async () => undefined };
    expect((await app.app.get(SecretFingerprints).compare()).pepper).toBe('same');
    const other = await startTestApp(
      { PASSWORD_PEPPER: 'another pepper '.repeat(3) },
      installation,
    );
    try {
      const marks = other.app.get(SecretFingerprints);
      expect(await marks.compare()).toEqual({ pepper: 'different', tokenKey: 'same' });
      const recovery = new AccountRecovery(other.dataSource, other.app.get(PasswordHasher));
      const name = uniqueName();
      await recovery.resetAdmin(name, 'x');
      expect((await marks.compare()).pepper).toBe('same');
      expect((await signIn(other, { name, password: passwordDigest('x') })).role).toBe(1);
    } finally {
      await other.close();
    }
  });

  it('rejects an invalid name', async () => {
    expect(await sut.resetAdmin('a b', 'x')).toBeNull();
  });

  it('lifts every address ban from the next request on', async () => {
    const me = await signIn(app, { name: app.admin.name, password: passwordDigest('new secret') });
    await me.http.post('/api/v1/user/admin/bannedIp', { address: '203.0.113.0/24' });
    expect(await sut.liftAddressBans()).toBe(1);
    expect((await me.http.get('/api/v1/user/admin/bannedIp')).body.data.total).toBe(0);
  });
});
