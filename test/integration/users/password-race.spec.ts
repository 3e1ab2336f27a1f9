import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { signUpUser } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

describe('an own password change beside a reset by an administrator', () => {
  const app = useApp();

  /** How many statements wait for the row of an account. */
  const waiting = async (): Promise<number> => {
    const rows: unknown[] = await app.dataSource.query(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'UPDATE `users`%'",
    );
    return rows.length;
  };

  it('is told that its session has ended, not that the old password is wrong', async () => {
    const user = await signUpUser(app, app.admin);
    const path = `/api/v1/user/modifyPassword/${user.uid}`;
    const blocker = app.dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('SELECT id FROM users WHERE uid = ? FOR UPDATE', [user.uid]);
    const reset = app.admin.http.post(path, { new_password: passwordDigest('reset') });
    await pollUntil('the reset to wait', async () => (await waiting()) === 1);
    const own = user.http.post(path, {
      old_password: user.password,
      new_password: passwordDigest('own'),
    });
    await pollUntil('both to wait', async () => (await waiting()) === 2);
    await blocker.rollbackTransaction();
    await blocker.release();
    expect([(await reset).body.code, (await own).body.code]).toEqual([20000, 40002]);
  });
});
