import type { Browser } from 'playwright-core';
import { RedisService } from '../../../src/platform/redis/redis.service';
import { useApp } from '../../support/app-with-admin';
import { submit, untilEnded } from '../../support/factories/compute';
import { signIn, signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { OpenStream } from '../../support/open-stream';
import { launchBrowser } from '../../support/pages/browser';
import { pollUntil } from '../../support/poll-until';

const APPS = '/api/v1/apps/events';
const TASKS = '/api/v1/compute/events';

describe('tickets of event streams', () => {
  const app = useApp();
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
  });

  const ticketFor = async (path: string, who = user): Promise<string> =>
    succeeded(await who.http.post('/api/v1/stream-tickets', { path })).body.data.ticket;
  /** Status and code of a stream's refusal; 200 when it opens. */
  const outcome = async (address: string, headers = {}): Promise<[number, number?]> => {
    const ended = new AbortController();
    try {
      const response = await fetch(app.url + address, { headers, signal: ended.signal });
      if (response.status === 200) return [200];
      return [response.status, ((await response.json()) as { code: number }).code];
    } finally {
      ended.abort();
    }
  };

  it('open one stream once', async () => {
    const ticket = await ticketFor(APPS);
    expect(await outcome(`${APPS}?ticket=${ticket}`)).toEqual([200]);
    expect(await outcome(`${APPS}?ticket=${ticket}`)).toEqual([401, 40002]);
  });

  it('open nothing else, and are spent by the attempt', async () => {
    const ticket = await ticketFor(APPS);
    expect(await outcome(`${TASKS}?ticket=${ticket}`)).toEqual([401, 40002]);
    expect(await outcome(`${APPS}?ticket=${ticket}`)).toEqual([401, 40002]);
    const plain = await ticketFor('/api/v1/user/me');
    expect(await outcome(`/api/v1/user/me?ticket=${plain}`)).toEqual([401, 40000]);
  });

  it('are used by one of many parallel attempts', async () => {
    const ticket = await ticketFor(APPS);
    const all = await Promise.all(
      Array.from({ length: 12 }, () => outcome(`${APPS}?ticket=${ticket}`)),
    );
    expect(all.filter(([status]) => status === 200)).toHaveLength(1);
  });

  it.each(['', 'x', '0'.repeat(64)])('are no text like %j', async (text) => {
    expect(await outcome(`${APPS}?ticket=${text}`)).toEqual([401, 40002]);
  });

  it('leave a token in the address refused', async () => {
    expect(await outcome(`${APPS}?token=${user.accessToken}`)).toEqual([401, 40000]);
    expect(await outcome(`${APPS}?token=x`, { token: user.accessToken })).toEqual([400, 30001]);
  });

  it('are void once the session has ended', async () => {
    const gone = await signIn(app, user);
    const ticket = await ticketFor(APPS, gone);
    await gone.http.post('/api/v1/user/logout');
    expect(await outcome(`${APPS}?ticket=${ticket}`)).toEqual([401, 40002]);
  });

  it('end with the session: the stream says so', async () => {
    const leaving = await signIn(app, user);
    const ticket = await ticketFor(APPS, leaving);
    const stream = await OpenStream.open(`${app.url}${APPS}?ticket=${ticket}`, '');
    await leaving.http.post('/api/v1/user/logout');
    await pollUntil('the end of the stream', () => stream.endedAt !== null);
    expect(stream.last?.data).toMatchObject({ reason: 'logout' });
  });

  it('need a token and a path of the API', async () => {
    expect((await app.http.post('/api/v1/stream-tickets', { path: APPS })).body.code).toBe(40000);
    for (const path of ['/metrics', `${APPS}?x=1`, 'http://a/api/v1/x', ''])
      expect((await user.http.post('/api/v1/stream-tickets', { path })).body.code).toBe(30001);
  });

  it('are kept without the token and the ticket itself, for half a minute', async () => {
    const ticket = await ticketFor(APPS);
    const redis = app.app.get(RedisService);
    const keys = await redis.client.keys(redis.key('stream-ticket', '*'));
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const value = (await redis.client.getBuffer(key))?.toString('latin1') ?? '';
      expect(`${key} ${value}`).not.toContain(ticket);
      expect(value).not.toContain(user.accessToken.slice(-20));
      expect(await redis.client.ttl(key)).toBeLessThanOrEqual(30);
    }
  });

  describe('in Chromium', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    it('let an EventSource follow tasks, and go on where it was cut', async () => {
      const page = await browser.newPage();
      await page.goto(`${app.url}/health/live`);
      // Runs in the page: the ids of `count` events after `after`, by an EventSource.
      const listen = (count: number, after: string): Promise<string[]> =>
        page.evaluate(
          `(async () => {
            const headers = { token: ${JSON.stringify(user.accessToken)}, 'content-type': 'application/json' };
            const body = JSON.stringify({ path: '${TASKS}' });
            const answer = await (await fetch('/api/v1/stream-tickets', { method: 'POST', headers, body })).json();
            const source = new EventSource('${TASKS}?after=${after}&ticket=' + answer.data.ticket);
            return new Promise((resolve, reject) => {
              const ids = [];
              source.addEventListener('task', (event) => {
                if (ids.push(event.lastEventId) < ${count}) return;
                source.close();
                resolve(ids);
              });
              source.onerror = () => reject(new Error('state ' + source.readyState));
            });
          })()`,
        );
      await untilEnded(user, await submit(user));
      await untilEnded(user, await submit(user));
      const all = await listen(4, '0'); // queued and done, twice
      expect(await listen(2, all[1] ?? '')).toEqual(all.slice(2));
    });
  });
});
