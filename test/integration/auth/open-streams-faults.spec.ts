import { ApiProcess } from '../../support/api-process';
import { startAppWithAdmin, useApp } from '../../support/app-with-admin';
import { signIn, signUpUser, succeeded } from '../../support/factories/users';
import { OpenStream } from '../../support/open-stream';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/measures/query-counter';
import { TcpProxy } from '../../support/tcp-proxy';

const PATH = '/api/v1/server/events';
const ended = (stream: OpenStream): Promise<unknown> =>
  pollUntil('the stream to end', () => stream.endedAt !== null);

describe('open streams', () => {
  const app = useApp();

  it('are checked without a query for each', async () => {
    const user = await signUpUser(app, app.admin);
    const sessions = [user, await signIn(app, user), app.admin];
    const streams = await Promise.all(
      [0, 1, 2, 3].flatMap(() =>
        sessions.map(({ accessToken }) => OpenStream.open(app.url + PATH, accessToken)),
      ),
    );
    const figures = (): number => streams.reduce((all, { events }) => all + events.length, 0);
    await pollUntil('figures', () => figures() >= streams.length);
    const begun = performance.now();
    const queries = await queriesDuring(app.dataSource, () =>
      pollUntil('figures of some seconds', () => figures() >= 4 * streams.length),
    );
    const seconds = (performance.now() - begun) / 1000;
    // What the dispatcher of computations asks on its own clock is not the doing of the streams.
    const accounts = queries.filter(
      (query) => /\b(users|auth_sessions)\b/.test(query) && !query.includes('compute_tasks'),
    );
    const lease = queries.filter((query) => /\b(auth_nodes|auth_changes)\b/.test(query));
    for (const stream of streams) stream.close();
    // Only a lease that was not renewed in its 2.5 s makes the node read the accounts again.
    expect(accounts.length).toBeLessThanOrEqual(2 * Math.floor(seconds / 2.5));
    expect(lease.length).toBeLessThanOrEqual(3 * (seconds + 1));
  });

  it('say so when the server shuts down', async () => {
    const other = await ApiProcess.start(app.environment);
    const stream = await OpenStream.open(other.http.url + PATH, app.admin.accessToken, 'en');
    await other.kill('SIGTERM');
    await ended(stream);
    expect(stream.last).toMatchObject({
      event: 'end',
      data: { reason: 'closing', code: 50000, msg: expect.stringContaining('shutting down') },
    });
  });
});

describe('open streams of a node that cannot ask the database', () => {
  it('end before a ban elsewhere is answered, or soon after', async () => {
    const { proxy, url } = await TcpProxy.beforeUrl(process.env['TEST_DATABASE_URL'] ?? '');
    const whole = await startAppWithAdmin();
    const own = new URL(whole.environment['DATABASE_URL'] ?? '');
    own.host = new URL(url).host;
    const cutOff = await ApiProcess.start({ ...whole.environment, DATABASE_URL: own.href });
    try {
      const user = await signUpUser(whole, whole.admin);
      const stream = await OpenStream.open(cutOff.http.url + PATH, user.accessToken);
      await proxy.cut();
      succeeded(
        await whole.admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=1`),
      );
      await ended(stream);
      expect(stream.last).toMatchObject({
        event: 'end',
        data: { reason: 'unavailable', code: 50000 },
      });
    } finally {
      await proxy.restore();
      await cutOff.kill('SIGTERM');
      await whole.close();
      await proxy.cut();
    }
  });
});
