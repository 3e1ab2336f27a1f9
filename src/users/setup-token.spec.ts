import { isLocal } from './setup-token';

describe(isLocal.name, () => {
  it.each([
    ['127.0.0.1', {}, true],
    ['::1', {}, true],
    ['::ffff:127.0.0.1', {}, true],
    ['127.8.8.8', {}, true],
    ['192.168.1.7', {}, false],
    ['2001:db8::1', {}, false],
    [undefined, {}, false],
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }, false],
    ['127.0.0.1', { forwarded: 'for=127.0.0.1' }, false],
    ['127.0.0.1', { 'x-real-ip': '' }, false],
    ['127.0.0.1', { via: '1.1 proxy' }, false],
  ])('of %s with %j: %s', (remoteAddress, headers, local) => {
    expect(isLocal({ remoteAddress, headers }, false)).toBe(local);
  });

  it('is never true in a container', () => {
    expect(isLocal({ remoteAddress: '127.0.0.1', headers: {} }, true)).toBe(false);
  });
});
