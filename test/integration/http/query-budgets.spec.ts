import { useApp } from '../../support/app-with-admin';
import { signIn, signUpUser, succeeded } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/measures/query-counter';

const ATTEMPTS = 20;

describe('statements that a hot read sends to the database', () => {
  const app = useApp();

  /**
   * The fewest in several calls: background work asks on its own clock, and once a second a request
   * renews the lease on the caches.
   */
  const fewest = async (path: string): Promise<string[]> => {
    await app.admin.http.get(path);
    const counts: string[][] = [];
    for (let i = 0; i < ATTEMPTS && counts.every((queries) => queries.length > 0); i++)
      counts.push(
        await queriesDuring(app.dataSource, async () => {
          expect((await app.admin.http.get(path)).status).toBe(200);
        }),
      );
    return counts.reduce((least, queries) => (queries.length < least.length ? queries : least));
  };

  it.each(['/searchServer', '/api/v1/user/me'])('is none for %s', async (path) => {
    expect(await fewest(path)).toEqual([]);
  });

  it('is one for the status of a task', async () => {
    const task = { pid: '1', ctdna: 209, cpg: 5 };
    const { body } = succeeded(await app.admin.http.post('/api/v1/compute/add', task));
    const path = `/api/v1/compute/status/${body.data.id as string}`;
    await pollUntil(
      'the task to be done',
      async () => (await app.admin.http.get(path)).body.data.status === 0,
    );
    expect((await fewest(path)).length).toBeLessThanOrEqual(1);
  });

  it('leaves user/me true after a change by an administrator and after a sign-in', async () => {
    const user = await signUpUser(app, app.admin);
    const me = async () => succeeded(await user.http.get('/api/v1/user/me')).body.data;
    const before = await me();
    expect(before.quota).toBeNull();
    succeeded(await app.admin.http.post(`/api/v1/user/admin/quota/${user.uid}?quota=7`));
    expect((await me()).quota).toBe(7);
    await signIn(app, user);
    expect((await me()).last_login).toBeGreaterThan(before.last_login as number);
    expect(await me()).toEqual(
      succeeded(await app.admin.http.get(`/api/v1/user/admin/${user.uid}`)).body.data,
    );
  });
});
