import { AccountBanned, memoryTokenStore, StackScapeClient, TokenInvalid } from '../src/index';
import { answer, StandInServer, success, tokensOf } from './stand-in-server';

const log = (id: number): string => `id: ${id}\nevent: log\ndata: {"text":"line ${id}"}\n\n`;
const end = (reason: string, code: number): string =>
  `event: end\ndata: ${JSON.stringify({ reason, code, msg: `because of ${reason}` })}\n\n`;
const line = (at: string): string =>
  `event: log\ndata: ${JSON.stringify({ service: 'web', stream: 'stdout', at, text: at })}\n\n`;

describe('a stream that the server ends', () => {
  let server: StandInServer;
  beforeEach(async () => {
    server = await StandInServer.start();
  });
  afterEach(() => server.stop());

  const client = (tokens = memoryTokenStore(tokensOf('first'))): StackScapeClient =>
    new StackScapeClient({ baseUrl: server.url, tokens });

  it('goes on with a refreshed token and loses nothing', async () => {
    server.handler = ({ url, headers }, response) => {
      if (url.endsWith('/refresh')) return success(response, tokensOf('second'));
      const renewed = headers['token'] === 'second';
      if (!renewed && headers['last-event-id'])
        return answer(response, 401, { code: 40001, msg: 'expired', data: null });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (renewed) response.write(log(Number(headers['last-event-id']) + 1));
      else response.end(log(1) + end('token-expired', 40001));
    };
    const lost: (Error | null)[] = [];
    const ids: string[] = [];
    for await (const { id } of client().apps.events({ onConnection: (one) => lost.push(one) })) {
      ids.push(id);
      if (ids.length === 2) break;
    }
    expect(ids).toEqual(['1', '2']);
    expect(lost).toEqual([null, null]);
  });

  it('throws why the session ended and asks no second time', async () => {
    server.handler = ({ url, headers }, response) => {
      if (url.endsWith('/refresh') || headers['last-event-id'])
        return answer(response, 401, { code: 40002, msg: 'not valid', data: null });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(log(1) + end('password-changed', 40002));
    };
    const sut = client();
    const events = sut.apps.events();
    await events.next();
    const failure = await events.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TokenInvalid);
    expect(failure).toMatchObject({
      code: 40002,
      status: 401,
      message: 'because of password-changed',
    });
    expect(server.count('/api/v1/apps/events')).toBe(2);
    expect(server.count('/api/v1/user/refresh')).toBe(1);
    expect(await sut.account.isSignedIn()).toBe(false);
  });

  it('throws that the account is banned without asking again', async () => {
    server.handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(end('banned', 60102));
    };
    await expect(client().server.events().next()).rejects.toBeInstanceOf(AccountBanned);
    expect(server.seen).toHaveLength(1);
  });

  it('is opened again after a while when the server shuts down', async () => {
    server.handler = ({ headers }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (headers['last-event-id']) response.write(log(2));
      else response.end(log(1) + end('closing', 50000));
    };
    const lost: unknown[] = [];
    const events = client().apps.events({ onConnection: (one) => lost.push(one?.message) });
    await events.next();
    expect((await events.next()).value).toMatchObject({ id: '2' });
    await events.return();
    expect(lost).toEqual([undefined, 'because of closing', undefined]);
  });

  it('of a log goes on with a refreshed token after the last line', async () => {
    const [first, second, third] = [1, 2, 3].map((n) => `2026-11-20T08:00:00.00000000${n}Z`);
    server.handler = ({ url }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (url.includes('since=')) response.end(line(second!) + line(third!));
      else response.end(line(first!) + line(second!) + end('account-changed', 40300));
    };
    const times: string[] = [];
    for await (const { at } of client().apps.followLogs('hello', { tail: 2 })) times.push(at);
    expect(times).toEqual([first, second, third]);
    expect(server.seen.at(-1)?.url).toContain('since=2026-11-20T07%3A59%3A50.000Z');
  });
});
