import { PRODUCT_VERSION } from '../../../src/platform/config/product-version';
import { useApp } from '../../support/app-with-admin';

describe('basic HTTP behaviour', () => {
  const sut = useApp();

  it('is alive and ready', async () => {
    expect((await sut.http.get('/health/live')).body).toEqual({
      status: 'ok',
      version: PRODUCT_VERSION,
    });
    const ready = await sut.http.get('/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.body.info).toMatchObject({ database: { status: 'up' }, redis: { status: 'up' } });
  });

  it('answers an unknown path with 30000 in both languages and a request id', async () => {
    const zh = await sut.http.get('/api/v1/nosuch');
    const en = await sut.http.with({ 'accept-language': 'en' }).get('/api/v1/nosuch');
    expect(zh.status).toBe(404);
    expect(zh.body).toMatchObject({
      code: 30000,
      data: null,
      msg: expect.stringContaining('没有这个接口'),
    });
    expect(en.body.msg).toContain('no such call');
    expect(en.body.requestId).toBe(en.headers.get('x-request-id'));
  });

  it('keeps a harmless request id of the caller and replaces any other', async () => {
    const kept = await sut.http.with({ 'x-request-id': 'abc-12345678' }).get('/health/live');
    expect(kept.headers.get('x-request-id')).toBe('abc-12345678');
    const replaced = await sut.http.with({ 'x-request-id': 'a b"c<script>' }).get('/health/live');
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers a broken URL with 30001', async () => {
    const answer = await sut.http.get('/api/v1/%zz');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(30001);
  });

  it('publishes an OpenAPI 3.0 document and Swagger UI that works without TLS', async () => {
    const document = (await sut.http.get('/docs-json')).body;
    expect(document.openapi).toMatch(/^3\.0/);
    expect(Object.keys(document.paths)).toContain('/health/live');
    const page = await sut.http.get('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  });
});

describe('input beyond the limits of the parsers', () => {
  const sut = useApp();

  it('rejects nesting that would exhaust the stack', async () => {
    const body = `{"user_name":${'['.repeat(3000)}${']'.repeat(3000)}}`;
    const answer = await sut.http.post('/api/v1/user/login', body);
    expect([answer.status, answer.body.code]).toEqual([400, 30001]);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', '__defineGetter__'])(
    'rejects an unknown field named %s',
    async (name) => {
      const answer = await sut.http.post('/api/v1/user/login', {
        user_name: 'a',
        password: 'b',
        [name]: 1,
      });
      expect(answer.body).toMatchObject({ code: 30001, details: [{ field: name }] });
    },
  );

  it('rejects a query and a body where a call takes none', async () => {
    const { http } = sut.admin;
    for (const [method, path, body] of [
      ['POST', '/uninstallAllApp?removeData=true', {}],
      ['GET', '/getAllAppInfo?zzz=1', undefined],
      ['GET', '/api/v1/user/me?zzz=1', undefined],
      ['POST', '/api/v1/user/logout', { zzz: 1 }],
    ] as const) {
      const answer = await http.send(method, path, body);
      expect([path, answer.status, answer.body.error ?? answer.body.code]).toEqual([
        path,
        400,
        30001,
      ]);
    }
    expect((await http.get('/api/v1/user/me')).status).toBe(200);
  });

  it('never acts on HEAD', async () => {
    expect((await sut.http.send('HEAD', '/installApp?appName=hello')).status).toBe(404);
  });

  it('names at most ten fields in the message and a hundred in the details', async () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 1]));
    const answer = await sut.http.post('/api/v1/user/login', fields);
    expect(answer.body.details).toHaveLength(100);
    expect(answer.body.msg.length).toBeLessThan(200);
  });

  it('answers headers above the limit in the usual envelope', async () => {
    const answer = await sut.http.get(`/api/v1/user/me?${'x'.repeat(20_000)}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 30001, data: null, requestId: expect.any(String) });
  });
});
