import { BusinessCode } from '../../src/platform/errors/business-code';
import {
  ApiError,
  browserTokenStore,
  ConnectionError,
  InvalidParameter,
  memoryTokenStore,
  NotFound,
  NotSignedIn,
  QuotaExceeded,
  ServiceUnavailable,
  StackScapeClient,
  TimeoutError,
  UnexpectedAnswer,
  type KeyValueStorage,
  type TokenStore,
} from '../src/index';
import { answer, StandInServer, success, tokensOf } from './stand-in-server';

describe(StackScapeClient.name, () => {
  let server: StandInServer;
  const clientWith = (tokens: TokenStore = memoryTokenStore(), language: 'zh' | 'en' = 'en') =>
    new StackScapeClient({ baseUrl: `${server.url}/`, tokens, language, timeoutMs: 60_000 });

  beforeEach(async () => {
    server = await StandInServer.start();
  });
  afterEach(() => server.stop());

  describe('answers', () => {
    it('are the data of either envelope, asked for in the language and with the token', async () => {
      server.handler = ({ url }, response) =>
        url.startsWith('/api')
          ? success(response, { user_name: 'ann' })
          : answer(response, 200, { code: '1', message: '成功', data: [] });
      const sut = clientWith(memoryTokenStore(tokensOf('t')), 'zh');
      expect(await sut.account.me()).toEqual({ user_name: 'ann' });
      expect(await sut.apps.list()).toEqual([]);
      expect(server.seen[0]?.headers).toMatchObject({ token: 't', 'accept-language': 'zh' });
    });

    it('fill path and query, leaving out what is undefined', async () => {
      server.handler = (_, response) => success(response, []);
      await clientWith().history.list('a/b', { page: 2, limit: undefined as never });
      expect(server.seen[0]?.url).toBe('/api/v1/history/query/a%2Fb?page=2');
    });

    it('fail with the class of every code of the server', async () => {
      const classes = new Set<string>();
      const codes = Object.values(BusinessCode).filter((code) => code !== BusinessCode.Success);
      for (const code of codes) {
        server.handler = (_, response) =>
          answer(response, 403, { code, msg: 'no', data: null, requestId: 'r' });
        const error: unknown = await clientWith()
          .account.me()
          .catch((e: unknown) => e);
        expect(error).toBeInstanceOf(ApiError);
        expect(error).toMatchObject({ code, requestId: 'r', message: 'no', status: 403 });
        classes.add((error as Error).name);
      }
      expect(classes.size).toBe(codes.length);
      expect(classes).not.toContain('ApiError');
    });

    it('fail with fields, retryAfter, and the code of the StackHub envelope', async () => {
      const details = [{ field: 'ctdna', message: 'must be 1 to 10000' }];
      server.handler = ({ url }, response) =>
        url.includes('compute')
          ? answer(response, 400, { code: 30001, msg: 'm', data: null, details })
          : answer(
              response,
              429,
              { code: '0', message: 'quota', error: 40305 },
              { 'retry-after': '7' },
            );
      const sut = clientWith();
      const item = { pid: '1', ctdna: 0, cpg: 1 };
      const invalid: unknown = await sut.compute.add(item).catch((e: unknown) => e);
      expect(invalid).toBeInstanceOf(InvalidParameter);
      expect((invalid as InvalidParameter).fields).toEqual(details);
      server.handler = (_, response) =>
        answer(
          response,
          429,
          { code: '0', message: 'q', data: null, error: 40305 },
          { 'retry-after': '7' },
        );
      const quota: unknown = await sut.apps.info('x').catch((e: unknown) => e);
      expect(quota).toBeInstanceOf(QuotaExceeded);
      expect((quota as QuotaExceeded).retryAfter).toBe(7);
    });

    it('of a proxy are no answers of ours', async () => {
      server.handler = (_, response) => {
        response.writeHead(418, { 'content-type': 'text/html' }).end('<h1>teapot</h1>');
      };
      const error: unknown = await clientWith()
        .account.me()
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UnexpectedAnswer);
      expect(error).toMatchObject({ status: 418, body: '<h1>teapot</h1>' });
    });
  });

  describe('repeats', () => {
    it('a call that changes nothing, until the server is back', async () => {
      server.handler = (_, response) =>
        server.seen.length < 3
          ? answer(response, 503, { code: 50000, msg: 'down', data: null })
          : success(response, { user_name: 'ann' });
      expect(await clientWith().account.me()).toEqual({ user_name: 'ann' });
      expect(server.seen).toHaveLength(3);
    });

    it('gives up after three tries', async () => {
      server.handler = (_, response) =>
        answer(response, 503, { code: 50000, msg: 'down', data: null });
      await expect(clientWith().account.me()).rejects.toBeInstanceOf(ServiceUnavailable);
      expect(server.seen).toHaveLength(3);
    });

    it('never a call that changes something, by POST or by GET', async () => {
      server.handler = (_, response) => response.destroy();
      const sut = clientWith();
      await expect(sut.compute.add({ pid: '1', ctdna: 1, cpg: 1 })).rejects.toBeInstanceOf(
        ConnectionError,
      );
      await expect(sut.inviteCodes.issue()).rejects.toBeInstanceOf(ConnectionError);
      await expect(sut.history.delete(1)).rejects.toBeInstanceOf(ConnectionError);
      expect(server.seen).toHaveLength(3);
    });

    it('an install, because the server knows it by its key', async () => {
      server.handler = (_, response) =>
        server.seen.length < 2
          ? response.destroy()
          : answer(response, 200, { code: '1', message: '', data: {} });
      await clientWith().apps.install('hello');
      const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
      expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(keys[1]).toBe(keys[0]);
    });

    it('not after a refusal', async () => {
      await expect(clientWith().account.me()).rejects.toBeInstanceOf(NotFound);
      expect(server.seen).toHaveLength(1);
    });
  });

  describe('ends', () => {
    it('by its signal, with the reason of the signal', async () => {
      server.handler = () => undefined;
      const abort = new AbortController();
      const call = clientWith().account.me({ signal: abort.signal });
      abort.abort(new Error('enough'));
      await expect(call).rejects.toThrow('enough');
    });

    it('by its time limit', async () => {
      server.handler = () => undefined;
      const call = clientWith().call('addTask', {
        body: { pid: '1', ctdna: 1, cpg: 1 },
        timeoutMs: 50,
      });
      await expect(call).rejects.toBeInstanceOf(TimeoutError);
    });

    it('when the answer breaks off in the middle', async () => {
      server.handler = (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"code"', () => response.destroy());
      };
      const call = clientWith().compute.add({ pid: '1', ctdna: 1, cpg: 1 });
      await expect(call).rejects.toBeInstanceOf(ConnectionError);
    });
  });

  describe('a refused token', () => {
    const refresh = '/api/v1/user/refresh';
    let valid: string;
    beforeEach(() => {
      valid = 'second';
      server.handler = ({ url, headers }, response) => {
        if (url === refresh) return success(response, tokensOf(valid));
        return headers['token'] === valid
          ? success(response, { user_name: 'ann' })
          : answer(response, 401, { code: 40001, msg: 'expired', data: null });
      };
    });

    it('is renewed once for fifty waiting calls, POST among them', async () => {
      const sut = clientWith(memoryTokenStore(tokensOf('first')));
      const calls = Array.from({ length: 50 }, (_, i) =>
        i % 2 ? sut.account.me() : sut.compute.add({ pid: '1', ctdna: 1, cpg: 1 }),
      );
      await Promise.all(calls);
      expect(server.count(refresh)).toBe(1);
    });

    it('is renewed once for fifty calls in each of two tabs', async () => {
      const storage = fakeStorage();
      storage.setItem('stackscape.tokens', JSON.stringify(tokensOf('first')));
      const tabs = [browserTokenStore({ storage }), browserTokenStore({ storage })].map(
        clientWith0,
      );
      await Promise.all(tabs.flatMap((tab) => Array.from({ length: 50 }, () => tab.account.me())));
      expect(server.count(refresh)).toBe(1);
    });
    const clientWith0 = (store: TokenStore): StackScapeClient => clientWith(store);

    it('reports a sign-out to the other tab', async () => {
      const storage = fakeStorage();
      storage.setItem('stackscape.tokens', JSON.stringify(tokensOf(valid)));
      const [one, two] = [
        clientWith(browserTokenStore({ storage })),
        clientWith(browserTokenStore({ storage })),
      ];
      const heard = new Promise<unknown>((resolve) => two.account.onChange(resolve));
      await one.account.signOut();
      expect(await heard).toBeNull();
      expect(await two.account.isSignedIn()).toBe(false);
    });

    it('ends the session when the refresh token is refused too', async () => {
      server.handler = (_, response) =>
        answer(response, 401, { code: 40002, msg: 'over', data: null });
      const sut = clientWith(memoryTokenStore(tokensOf('first')));
      await expect(sut.account.me()).rejects.toBeInstanceOf(NotSignedIn);
      expect(await sut.account.isSignedIn()).toBe(false);
    });

    it('keeps the session when the refresh finds no server', async () => {
      server.handler = ({ url }, response) =>
        url === refresh
          ? response.destroy()
          : answer(response, 401, { code: 40001, msg: 'e', data: null });
      const sut = clientWith(memoryTokenStore(tokensOf('first')));
      await expect(sut.account.me()).rejects.toBeInstanceOf(ConnectionError);
      expect(await sut.account.isSignedIn()).toBe(true);
    });

    it('is no matter of a wrong password', async () => {
      server.handler = (_, response) =>
        answer(response, 401, { code: 60101, msg: 'wrong', data: null });
      const sut = clientWith(memoryTokenStore(tokensOf('first')));
      await expect(sut.account.changePassword('a', 'b')).rejects.toMatchObject({ code: 60101 });
      expect(server.count(refresh)).toBe(0);
    });
  });

  describe('streams', () => {
    const event = (id: number): string => `id: ${id}\nevent: log\ndata: {"text":"line ${id}"}\n\n`;

    it('go on after the last event over a lost connection', async () => {
      server.handler = ({ headers }, response) => {
        const after = Number(headers['last-event-id'] ?? 0);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event(after + 1) + event(after + 2), () => response.destroy());
      };
      const ids: string[] = [];
      const states: boolean[] = [];
      const events = clientWith().apps.events({
        onConnection: (lost) => states.push(lost === null),
      });
      for await (const { id } of events) {
        ids.push(id);
        if (ids.length === 6) break;
      }
      expect(ids).toEqual(['1', '2', '3', '4', '5', '6']);
      expect(states.slice(0, 3)).toEqual([true, false, true]);
    });

    it('renew an ended token when they connect anew', async () => {
      server.handler = ({ url, headers }, response) => {
        if (url.endsWith('/refresh')) return success(response, tokensOf('second'));
        if (headers['token'] !== 'second')
          return answer(response, 401, { code: 40001, msg: 'expired', data: null });
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event(1));
      };
      const events = clientWith(memoryTokenStore(tokensOf('first'))).apps.events();
      expect((await events.next()).value).toMatchObject({ type: 'log', text: 'line 1' });
      await events.return();
    });

    it('end with their signal, without an error', async () => {
      server.handler = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event(1));
      };
      const abort = new AbortController();
      const ids: string[] = [];
      for await (const { id } of clientWith().apps.events({ signal: abort.signal })) {
        ids.push(id);
        abort.abort();
      }
      expect(ids).toEqual(['1']);
    });

    it('throw what the server refuses', async () => {
      await expect(clientWith().apps.events({ appName: 'x' }).next()).rejects.toBeInstanceOf(
        NotFound,
      );
    });
  });

  describe('an upload', () => {
    it('reports its progress and is sent again whole after a refused token', async () => {
      const csv = `pid,ctdna,cpg,hcc\n${'1,200,3,true\n'.repeat(40_000)}`;
      server.handler = ({ url, headers, body }, response) => {
        if (url.endsWith('/refresh')) return success(response, tokensOf('second'));
        if (headers['token'] !== 'second')
          return answer(response, 401, { code: 40001, msg: 'expired', data: null });
        return success(response, { accepted: body.length });
      };
      const steps: number[] = [];
      const report = await clientWith(memoryTokenStore(tokensOf('first'))).history.import(
        'u',
        csv,
        {
          onProgress: ({ sent, total }) => {
            expect(total).toBe(csv.length);
            steps.push(sent);
          },
        },
      );
      expect(report.accepted).toBe(csv.length);
      expect(steps.length).toBeGreaterThan(5);
      expect(steps.at(-1)).toBe(csv.length);
    });
  });
});

function fakeStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}
