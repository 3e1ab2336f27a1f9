import { AddressBanList } from './address-ban-list';
import { IpNetwork } from '../../platform/addresses/ip-network';

const entry = (text: string, endsAt: number | null = null) => {
  const network = IpNetwork.parse(text);
  if (!network) throw new Error(text);
  return { network, endsAt };
};

describe(AddressBanList.name, () => {
  const sut = new AddressBanList(
    ['203.0.113.7', '198.51.100.0/24', '2001:db8::/32', '::ffff:192.0.2.0/120'].map((t) =>
      entry(t),
    ),
  );

  it.each([
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['::ffff:203.0.113.7', true],
    ['::ffff:cb00:7107', true],
    ['198.51.100.255', true],
    ['198.51.101.0', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', false],
    ['192.0.2.9', true],
    ['unknown', false],
    ['', false],
  ])('covers %s: %s', (address, expected) => {
    expect(sut.covers(address)).toBe(expected);
  });

  it('keeps bans of all IPv6 and all IPv4 addresses apart', () => {
    expect(new AddressBanList([entry('::/0')]).covers('192.0.2.1')).toBe(false);
    expect(new AddressBanList([entry('0.0.0.0/0')]).covers('2001:db8::1')).toBe(false);
  });

  it('drops a ban at its end, to the millisecond, and keeps the others', () => {
    const sut = new AddressBanList([entry('192.0.2.1', 1000), entry('192.0.2.2', 2000)], 0);
    expect(sut.covers('192.0.2.1', 999)).toBe(true);
    expect(sut.covers('192.0.2.1', 1000)).toBe(false);
    expect(sut.covers('192.0.2.2', 1999)).toBe(true);
    expect(sut.covers('192.0.2.2', 2000)).toBe(false);
  });

  it('ignores a ban that has ended', () => {
    expect(new AddressBanList([entry('192.0.2.1', 1000)], 1000).covers('192.0.2.1', 1000)).toBe(
      false,
    );
  });
});
