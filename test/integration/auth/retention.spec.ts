import { AuditRetention } from '../../../src/audit/audit-retention';
import { AuditService } from '../../../src/audit/audit.service';
import { SessionCleanup } from '../../../src/auth/sessions/session-cleanup';
import { SESSIONS_PER_ACCOUNT } from '../../../src/auth/sessions/session.service';
import { useApp } from '../../support/app-with-admin';
import { signIn } from '../../support/factories/users';

const DAY_MS = 24 * 3600 * 1000;

describe('retention of audit entries and sessions', () => {
  const app = useApp({ AUDIT_RETENTION_DAYS: '30' });

  const count = async (table: string): Promise<number> => {
    const rows: { n: string }[] = await app.dataSource.query(`SELECT COUNT(*) n FROM ${table}`);
    return Number(rows[0]?.n);
  };

  it('removes audit entries after the configured days and not before', async () => {
    const audit = app.app.get(AuditService);
    for (let i = 0; i < 5; i++) await audit.record({ action: 'test.old' });
    await app.dataSource.query(
      "UPDATE audit_events SET at = UTC_TIMESTAMP(3) - INTERVAL 30 DAY WHERE action = 'test.old'",
    );
    const before = await count('audit_events');
    const sut = app.app.get(AuditRetention);
    expect(await sut.removeOld(Date.now() - DAY_MS)).toBe(0);
    expect(await sut.removeOld(Date.now() + 1000)).toBe(5);
    expect(await count('audit_events')).toBe(before - 5);
  });

  it('rejects audit details that name a secret', async () => {
    const audit = app.app.get(AuditService);
    for (const key of ['password', 'old_password', 'accessToken', 'code', 'Authorization'])
      await expect(audit.record({ action: 'test.x', details: { [key]: 'x' } })).rejects.toThrow(
        key,
      );
  });

  it('ends the oldest session when an account exceeds its number of sessions', async () => {
    const oldest = await signIn(app, app.admin);
    await app.dataSource.query("UPDATE auth_sessions SET lastUsedAt = '2000-01-01' WHERE sid = ?", [
      JSON.parse(Buffer.from(oldest.accessToken.split('.')[1] ?? '', 'base64url').toString()).sid,
    ]);
    expect((await oldest.http.get('/api/v1/user/me')).status).toBe(200);
    for (let i = 0; i < SESSIONS_PER_ACCOUNT; i++)
      await app.dataSource.query(
        `INSERT INTO auth_sessions (sid, userId, createdAt, lastUsedAt, expiresAt, address, userAgent)
         SELECT UUID(), id, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, '', ''
         FROM users WHERE uid = ?`,
        [app.admin.uid],
      );
    const newest = await signIn(app, app.admin);
    expect((await oldest.http.get('/api/v1/user/me')).body.code).toBe(40002);
    const sessions = await newest.http.get('/api/v1/user/sessions');
    expect(sessions.body.data).toHaveLength(SESSIONS_PER_ACCOUNT);
  });

  it('removes sessions and refresh tokens a week after their latest expiry, and no others', async () => {
    const kept = await signIn(app, app.admin);
    const sessions = await count('auth_sessions');
    const tokens = await count('refresh_tokens');
    const gone = await signIn(app, app.admin);
    await app.dataSource.query(
      'UPDATE auth_sessions SET expiresAt = UTC_TIMESTAMP(3) - INTERVAL 8 DAY WHERE sid = ?',
      [JSON.parse(Buffer.from(gone.accessToken.split('.')[1] ?? '', 'base64url').toString()).sid],
    );
    await app.app.get(SessionCleanup).removeOld();
    expect(await count('auth_sessions')).toBe(sessions);
    expect(await count('refresh_tokens')).toBe(tokens);
    const refresh = (refresh_token: string) =>
      app.http.post('/api/v1/user/refresh', { refresh_token });
    expect((await refresh(kept.refreshToken)).status).toBe(200);
    expect((await refresh(gone.refreshToken)).body.code).toBe(40002);
  });
});
