import type { FastifyRequest } from 'fastify';
import { asReceived, onBehalf, toInjection, toReply } from './passed-request';

const request = (part: object): FastifyRequest =>
  ({ id: 'request-1', method: 'POST', url: '/installApp', headers: {}, ...part }) as FastifyRequest;

describe('a request to the server of another node', () => {
  it('is the one of the client: token, language, key and body, and nothing else', () => {
    const headers = {
      token: 't',
      'accept-language': 'zh',
      'idempotency-key': 'k',
      'content-type': 'application/json',
      'x-forwarded-for': '203.0.113.9',
      'x-stackscape-passed': 'claimed',
      cookie: 'c',
    };
    const passed = asReceived(request({ headers, body: { appName: 'hello' } }), '192.0.2.7');
    expect(toInjection({ ...passed, isFree: false }, { mark: 'm' })).toEqual({
      method: 'POST',
      url: '/installApp',
      headers: {
        token: 't',
        'accept-language': 'zh',
        'idempotency-key': 'k',
        'content-type': 'application/json',
        'x-request-id': 'request-1',
        mark: 'm',
      },
      payload: '{"appName":"hello"}',
      remoteAddress: '192.0.2.7',
    });
  });

  it('keeps a form a form, as its values are read in another way than those of JSON', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const { body } = asReceived(request({ headers, body: { appName: 'a b', removeData: 'true' } }), '::1'); // prettier-ignore
    expect(body).toBe('appName=a%20b&removeData=true');
  });

  it('has no body where there was none', () => {
    const passed = asReceived(request({ method: 'GET', body: undefined }), '::1');
    expect(toInjection({ ...passed, isFree: false }, {})).not.toHaveProperty('payload');
  });

  it('can be another one of the same client, without its key', () => {
    const headers = { authorization: 'Bearer t', 'idempotency-key': 'k', 'content-type': 'text/x' };
    const what = { method: 'POST', url: '/uninstallApp', body: { appName: 'hello' } } as const;
    expect(onBehalf(request({ headers }), '::1', what)).toEqual({
      ...what,
      headers: {
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'x-request-id': 'request-1',
      },
      body: '{"appName":"hello"}',
      address: '::1',
    });
  });

  it('is answered with what a client can use', () => {
    const headers = { 'content-type': 'application/json', 'retry-after': 5, 'content-length': '2', connection: 'close' }; // prettier-ignore
    expect(toReply(409, headers, '{}')).toEqual({
      status: 409,
      headers: { 'content-type': 'application/json', 'retry-after': '5' },
      body: '{}',
    });
  });
});
