import { resolveClientAddress } from './client-address';
import { IpNetwork } from '../../platform/addresses/ip-network';

describe(resolveClientAddress.name, () => {
  const trusted = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'].map((text) => {
    const network = IpNetwork.parse(text);
    if (!network) throw new Error(text);
    return network;
  });

  it.each([
    ['no header', '127.0.0.1', undefined, '127.0.0.1'],
    ['one proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a mapped peer', '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a mapped client', '127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['two proxies', '127.0.0.1', '203.0.113.7, 10.1.1.1', '203.0.113.7'],
    ['a forged entry on the left', '127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['a forged trusted entry on the left', '127.0.0.1', '127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['a header from an untrusted peer', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a repeated header', '127.0.0.1', ['198.51.100.1', '203.0.113.7'], '203.0.113.7'],
    ['garbage', '127.0.0.1', 'localhost', '127.0.0.1'],
    ['garbage behind a proxy', '127.0.0.1', '198.51.100.1, x, 10.1.1.1', '10.1.1.1'],
    ['an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['an IPv6 client', 'fd00::1', '2001:DB8::0:1', '2001:db8::1'],
    ['a port', '127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['an IPv6 port', '127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['only proxies', '127.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ])('finds the client with %s', (_what, peer, header, expected) => {
    expect(resolveClientAddress(peer, header, trusted)).toBe(expected);
  });

  it('ignores forwarded addresses when no proxy is trusted', () => {
    expect(resolveClientAddress('127.0.0.1', '203.0.113.7', [])).toBe('127.0.0.1');
  });

  it('has a placeholder for a connection without an address', () => {
    expect(resolveClientAddress(undefined, '203.0.113.7', trusted)).toBe('unknown');
  });
});
