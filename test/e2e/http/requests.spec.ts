import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchBrowser } from '../../support/pages/browser';
import { useApp } from '../../support/app-with-admin';
import { signIn } from '../../support/factories/users';
import { startAppWithAdmin } from '../../support/app-with-admin';

/** Sends raw bytes on one connection and returns what came back until `until` matches. */
async function exchange(url: string, bytes: string | Buffer, until: RegExp): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.setTimeout(60_000, () => socket.destroy(new Error('no answer within 60 s')));
  await once(socket, 'connect');
  socket.write(bytes);
  let text = '';
  try {
    for await (const chunk of socket) {
      text += String(chunk);
      if (until.test(text)) break;
    }
  } finally {
    socket.destroy();
  }
  return text;
}

describe('requests', () => {
  const app = useApp();

  it.each(['POST', 'DELETE'])('takes an empty JSON body of a %s as absent', async (method) => {
    const session = await signIn(app, app.admin);
    const { body } = await session.http.get('/api/v1/user/sessions');
    const sid = body.data.find((entry: { current: boolean }) => entry.current).sid as string;
    const path = method === 'POST' ? '/api/v1/user/logout' : `/api/v1/user/sessions/${sid}`;
    const answer = await fetch(app.url + path, {
      method,
      headers: { token: session.accessToken, 'content-type': 'application/json' },
      body: '',
    });
    expect(answer.status).toBe(200);
  });

  it('takes an empty chunked JSON body as absent', async () => {
    const session = await signIn(app, app.admin);
    const text = await exchange(
      app.url,
      `POST /api/v1/user/logout HTTP/1.1\r\nhost: x\r\ntoken: ${session.accessToken}\r\n` +
        'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /\}$/,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('names the missing fields where a body is needed and empty', async () => {
    const answer = await app.http.post('/api/v1/user/login', '');
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    expect(answer.body.details.map((d: { field: string }) => d.field)).toContain('user_name');
  });

  it('still refuses broken JSON', async () => {
    const answer = await app.http.post('/api/v1/user/login', '{');
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
  });

  it('refuses an unknown Expect with 417 in the usual envelope', async () => {
    const text = await exchange(
      app.url,
      'GET /api/v1/user/me HTTP/1.1\r\nhost: x\r\nexpect: the-impossible\r\n\r\n',
      /\}$/,
    );
    expect(text).toMatch(/^HTTP\/1\.1 417 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 30001, data: null });
  });

  it.each([
    ['GET', '/searchServer?x=1'],
    ['GET', '/api/v1/server/events?x=1'],
    ['POST', '/searchServer'],
  ])('refuses unknown fields of %s %s', async (method, path) => {
    const body = method === 'POST' ? { x: 1 } : undefined;
    const answer = await app.admin.http.send(method, path, body);
    expect([answer.status, answer.body.details]).toEqual([
      400,
      [{ field: 'x', message: expect.any(String) }],
    ]);
  });

  it('lets health probes carry a query', async () => {
    expect((await app.http.get('/health/live?probe=1')).status).toBe(200);
  });

  describe('the import of records', () => {
    const upload = (head: string, body: string | Buffer) => {
      const uid = app.admin.uid;
      return (
        `POST /api/v1/history/import/${uid} HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${String(body)}`
      );
    };
    const next = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n';

    it.each([
      ['without a token', '', 'x'.repeat(8_000_000), 401],
      ['that is no such CSV', 'token', `a,b\n${'1,2\n'.repeat(2_000_000)}`, 400],
      ['with a broken quote', 'token', `{"a":1}${'\n1,2'.repeat(2_000_000)}`, 400],
    ])('answers a large one %s and serves the next request', async (_what, head, body, status) => {
      const token = head && `token: ${app.admin.accessToken}\r\n`;
      const text = await exchange(
        app.url,
        upload(token, body) + next,
        /HTTP\/1\.1 \d{3} [\s\S]*HTTP\/1\.1 \d{3} /,
      );
      expect([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code))).toEqual([
        status,
        200,
      ]);
    });

    it('refuses JSON sent as CSV as an invalid parameter', async () => {
      const answer = await app.admin.http
        .with({ 'content-type': 'text/csv' })
        .post(`/api/v1/history/import/${app.admin.uid}`, { a: 1 });
      expect([answer.status, answer.body.code]).toEqual([400, 30001]);
    });
  });
});

describe('a front end of another origin', () => {
  it('can use every method of the API in a real browser', async () => {
    const page = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>front</title>');
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const app = await startAppWithAdmin({ CORS_ORIGINS: origin });
    const browser = await launchBrowser();
    try {
      const tab = await browser.newPage();
      await tab.goto(origin);
      const call = (method: string, path: string) =>
        tab.evaluate(
          async ([url, method, token]) => {
            const headers = { token: token ?? '', 'content-type': 'application/json' };
            const answer = await fetch(url ?? '', { method: method ?? '', headers }).catch(String);
            return typeof answer === 'string' ? answer : answer.status;
          },
          [app.url + path, method, app.admin.accessToken],
        );
      const sid = '00000000-0000-4000-8000-000000000000';
      expect(await call('GET', '/api/v1/user/me')).toBe(200);
      expect(await call('POST', '/getAllAppInfo')).toBe(200);
      expect(await call('DELETE', `/api/v1/user/sessions/${sid}`)).toBe(404);
      expect(await call('DELETE', '/api/v1/user/admin/inviteCode/none')).toBe(404);
    } finally {
      await browser.close();
      await app.close();
      page.close();
    }
  });
});
