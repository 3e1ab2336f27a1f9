import { fc } from '../../../test/support/fast-check';
import { SocketAddress } from 'node:net';
import { IpNetwork, normaliseAddress } from './ip-network';

const network = (text: string): IpNetwork => {
  const parsed = IpNetwork.parse(text);
  if (!parsed) throw new Error(`no network: ${text}`);
  return parsed;
};

describe(IpNetwork.name, () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:0A01:0203', '10.1.2.3'],
    ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::1.2.3.4', '::102:304'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['::', '::'],
    ['::1', '::1'],
    ['::/0', '::/0'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ])('reads %s as %s', (text, canonical) => {
    expect(String(network(text))).toBe(canonical);
  });

  it.each([
    '',
    'localhost',
    '10.1.2',
    '10.1.2.256',
    '010.1.2.3',
    '10.1.2.3/33',
    '10.1.2.3/',
    '10.1.2.3/-1',
    '10.1.2.3/08',
    '10.1.2.3/8/8',
    '10.1.2.3/1e1',
    '::/129',
    ':::',
    'fe80::1%eth0',
    '1.2.3.4, 5.6.7.8',
    ' 1.2.3.4',
  ])('refuses %j', (text) => {
    expect(IpNetwork.parse(text)).toBeNull();
  });

  it('formats every IPv6 address as the platform does', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        fc.pre(groups.slice(0, 6).some((g) => g !== 0));
        const text = groups.map((g) => g.toString(16)).join(':');
        const parsed = network(text);
        fc.pre(parsed.family === 'ipv6');
        expect(parsed.address).toBe(new SocketAddress({ address: text, family: 'ipv6' }).address);
      }),
    );
  });

  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['10.0.0.0/8', '0.0.0.0/0', true],
    ['2001:db8::/32', '2001:db8:1::/48', true],
    ['2001:db8::/32', '2001:db9::', false],
  ])('%s overlaps %s: %s', (one, other, expected) => {
    expect(network(one).overlaps(network(other))).toBe(expected);
    expect(network(other).overlaps(network(one))).toBe(expected);
  });
});

describe(normaliseAddress.name, () => {
  it.each([
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['10.0.0.0/8', null],
    ['unknown', null],
  ])('turns %s into %s', (text, expected) => {
    expect(normaliseAddress(text)).toBe(expected);
  });
});
