import { startTestApp, type TestApp } from '../../support/test-app';

describe('the HTTP skeleton', () => {
  let sut: TestApp;
  beforeAll(async () => {
    sut = await startTestApp();
  });
  afterAll(() => sut.close());

  it('is alive and ready', async () => {
    expect((await sut.http.get('/health/live')).body).toEqual({ status: 'ok' });
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
