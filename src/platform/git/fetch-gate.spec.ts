import { mayBeReached } from './fetch-gate';

describe(mayBeReached.name, () => {
  it.each(['140.82.121.3', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'lets %s pass',
    (address) => expect(mayBeReached(address, [])).toBe(true),
  );

  it.each([
    ...[
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
    ],
    ...[
      '169.254.169.254',
      '100.64.0.1',
      '100.100.100.200',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::7f00:1', 'fe80::1', 'fe80::1%eth0'],
    ...['fc00::1', 'fd12::1', 'ff02::1', '64:ff9b::a00:1', '2002:a00:1::', '2001::1', 'fec0::1'],
    ...['not an address', '127.1', ''],
  ])('refuses %s', (address) => expect(mayBeReached(address, [])).toBe(false));

  it('lets pass what the settings list, and nothing beside it', () => {
    expect(mayBeReached('10.1.2.3', ['10.1.0.0/16', '::1'])).toBe(true);
    expect(mayBeReached('10.2.2.3', ['10.1.0.0/16', '::1'])).toBe(false);
    expect(mayBeReached('::1', ['10.1.0.0/16', '::1'])).toBe(true);
  });
});
